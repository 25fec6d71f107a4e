"""A transposed convolution of which one slab of the output is made at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from unetgen.layers.tensor import Size, Tensor, known
from unetgen.layers.writing import positions_in_rows, taken


@dataclass(frozen=True)
class Term:
    """What a transposed convolution, padded as ``same``, makes of ``x``; TensorFlow only.

    No product is computed twice: a slab is made of the positions of ``x`` that lie in it, and one tap of
    those next to it reaches its first and its last position.
    """

    x: Tensor
    """``(batch, *spatial, channels)``."""
    kernel: Tensor
    """``(*size, filters, channels)``; on the axis of slabs its size is the stride's and 2 more."""
    strides: tuple[int, ...]
    axis: int
    """That of slabs; the batch's is 0."""
    convolved: Callable[[Tensor, Tensor, Sequence[int]], Tensor]
    """Of ``x``, a kernel and strides."""

    def __call__(self, start: Size, count: Size) -> Tensor:
        """The output from ``start`` on the axis, ``count`` of it, or all of it where these are plain numbers.

        The stride divides both.
        """
        if known(start, count):
            return self.convolved(self.x, self.kernel, self.strides)
        import tensorflow as tf

        stride = self.strides[self.axis - 1]
        low, rows = start // stride, count // stride
        inner = self.convolved(taken(self.x, low + tf.range(rows), self.axis), self.kernel, self.strides)
        edges = [self._reaching(low - 1, slice(-1, None)), self._reaching(low + rows, slice(0, 1))]
        shape = tf.shape(inner)
        flat = tf.concat([[-1], shape[self.axis + 1 :]], 0)
        at = positions_in_rows(tf.reduce_prod(shape[: self.axis]), count, tf.stack([0, count - 1]))
        both = tf.reshape(tf.concat(edges, self.axis), flat)
        whole = tf.reshape(tf.raw_ops.InplaceAdd(x=tf.reshape(inner, flat), i=at, v=both), shape)
        whole.set_shape(inner.shape)
        return whole

    def _reaching(self, position: Tensor, taps: slice) -> Tensor:
        """What this position of ``x``, if it is one, gives by one tap."""
        import tensorflow as tf

        size = self.x.shape[self.axis]
        is_there = tf.logical_and(position >= 0, position < size)
        row = taken(self.x, tf.clip_by_value(position, 0, size - 1)[None], self.axis)
        kernel = self.kernel[(*(slice(None),) * (self.axis - 1), taps)]
        strides = tuple(1 if at == self.axis else each for at, each in enumerate(self.strides, start=1))
        return self.convolved(row * tf.cast(is_there, row.dtype), kernel, strides)
