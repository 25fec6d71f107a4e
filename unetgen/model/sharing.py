"""Sharing: a compiled model whose batches several devices share, and which learns as on one.

Keras adds up the gradients of the devices. What it does with a part of a batch before that is done here with
the whole of it: the mean and variance of batch norms, the clipping of gradients, and the look at whether they
are finite. For the last two Keras 3.15 has no public way: this file alone puts a function in the place of an
optimizer's `_clip_gradients`, and of `check_finite`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

    from unetgen.layers.tensor import Tensor


def share_batches(model: keras.Model) -> None:
    """Let `model`, which was made and compiled within a strategy's scope, learn as it would on one device."""
    _set_synchronized(model, True)
    optimizer = model.optimizer
    if hasattr(optimizer, "inner_optimizer"):  # it scales the loss, as float16 needs it
        _look_at_all(optimizer)
        optimizer = optimizer.inner_optimizer
    if any((optimizer.clipnorm, optimizer.clipvalue, optimizer.global_clipnorm)):
        _clip_sums(optimizer)


@contextlib.contextmanager
def as_on_one(model: keras.Model) -> Iterator[None]:
    """Within, `model` is saved as one that has learned on one device: all backends read it."""
    _set_synchronized(model, False)
    try:
        yield
    finally:
        _set_synchronized(model, True)


def copy_on_one(model: keras.Model) -> keras.Model:
    """The model once more, on one device; it begins with weights of its own."""
    with as_on_one(model):
        return type(model).from_config(model.get_config())


def _set_synchronized(model: keras.Model, synchronized: bool) -> None:
    for layer in model.layers:
        if type(layer).__name__ == "BatchNormalization":
            layer.synchronized = synchronized


def _clip_sums(optimizer: keras.optimizers.Optimizer) -> None:
    """Clip the sum of all devices' gradients, on each, where Keras clips those of each part."""
    from unetgen.layers.replicas import share_of_replica, sum_over_replicas

    clip = optimizer._clip_gradients

    def clip_sums(gradients: Sequence[Tensor]) -> list[Tensor]:
        clipped = clip([None if each is None else sum_over_replicas(each) for each in gradients])
        return [None if each is None else share_of_replica(each) for each in clipped]

    optimizer._clip_gradients = clip_sums


def _look_at_all(optimizer: keras.optimizers.Optimizer) -> None:
    """Leave out a step where the gradients of any device are not finite, where Keras looks at the first."""
    from unetgen.layers.replicas import true_on_all

    is_finite = optimizer.check_finite
    optimizer.check_finite = lambda gradients: true_on_all(is_finite(gradients))
