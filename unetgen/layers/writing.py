"""Reading and writing rows of a tensor in TensorFlow, in place."""

from __future__ import annotations

from collections.abc import Sequence

from unetgen.layers.tensor import Size, Tensor


def of_its_own(x: Tensor, after: Sequence[Tensor] = ()) -> Tensor:
    """``x`` once the tensors `after` are there, in a buffer that nothing else reads.

    A copy is made only where something does: where anything that uses ``x`` has not been computed, or
    whoever called the graph holds it. TensorFlow's optimiser makes one of two equal computations, such as
    those of a prediction and of its gradient, and what is written into one would be in the other. It takes
    two that wait for different operations with a state of their own, such as ``Empty``, for different ones.
    """
    import tensorflow as tf

    state = tf.raw_ops.Empty(shape=tf.constant([0]), dtype="int32")
    with tf.control_dependencies([state, *after]):
        return tf.raw_ops.Snapshot(input=x)


def taken(x: Tensor, at: Tensor, axis: int) -> Tensor:
    """``keras.ops.take``, which would make six nodes of the graph for each one needed."""
    import tensorflow as tf

    return tf.gather(x, tf.cast(at, "int32"), axis=axis)


def positions_in_rows(blocks: Tensor, size: Size, at: Tensor) -> Tensor:
    """Where positions `at` of an axis are in rows, of which each block has ``size``; block by block."""
    import tensorflow as tf

    return tf.reshape(tf.range(blocks)[:, None] * size + tf.cast(at, "int32"), [-1])
