"""Replicas: the devices that share a batch, each with an equal part of it; they hear of each other here.

Keras adds up the gradients of all replicas, and divides by their number each loss that it averages itself.
What a loss computes of a batch before that is of the replica's own part, unless it is asked for here.
"""

from __future__ import annotations

import keras
from keras import ops

from unetgen.layers.tensor import Tensor


def mean_over_replicas(value: Tensor) -> Tensor:
    """The mean of what each replica has, the same on all, with its gradient; `value` where there is one.

    TensorFlow alone has replicas: the other backends compute with the whole batch.
    """
    context = _context()
    return value if context is None else context.all_reduce("MEAN", value)


def sum_over_replicas(value: Tensor) -> Tensor:
    """The sum of what each replica has, likewise."""
    context = _context()
    return value if context is None else context.all_reduce("SUM", value)


def true_on_all(value: Tensor) -> Tensor:
    """Whether `value`, a truth value, is true on all replicas."""
    return value if _context() is None else ops.equal(mean_over_replicas(ops.cast(value, "float32")), 1.0)


def share_of_replica(value: Tensor) -> Tensor:
    """`value`, which is the same on all replicas, divided by their number, so that it counts once in all."""
    context = _context()
    return value if context is None else value / context.num_replicas_in_sync


def _context() -> Tensor:
    """TensorFlow's context within a replica; None where there are no others."""
    if keras.backend.backend() != "tensorflow":
        return None
    import tensorflow

    context = tensorflow.distribute.get_replica_context()
    return None if context is None or context.num_replicas_in_sync == 1 else context
