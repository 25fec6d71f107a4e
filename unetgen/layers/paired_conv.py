"""A convolution whose outputs, and both of whose gradients, are computed by pairs along one axis.

Two outputs of 3 taps take 4 multiplications instead of 6, ``F(2, 3)``; so do the gradients of 3 taps by two
outputs, ``F(3, 2)`` (Winograd 1980; Lavin and Gray 2015, arXiv 1509.09308, sections 4.1 and 3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import keras
from keras import ops

from unetgen.layers.tensor import Tensor

Four = tuple[Tensor, Tensor, Tensor, Tensor]
Gradient = Callable[[Tensor], tuple[Tensor, Tensor]]


def paired_conv(x: Tensor, kernel: Tensor, dim: int, slabs: int = 1) -> Tensor:
    """``ops.conv(x, kernel, padding="same")``, channels last, by pairs along spatial axis `dim`.

    Its backward pass keeps what that of any convolution keeps, `x` and `kernel`, and makes both gradients by
    pairs. That is on TensorFlow; the other backends compute the convolution and its gradients as they do.

    Args:
        x: ``(batch, *spatial, channels)``; the size along `dim` is known before the graph runs, and even.
        kernel: ``(*size, channels, filters)``, 3 taps along `dim` and an odd number on the other axes.
        slabs: into how many equal parts `dim` is cut, each of whole pairs: one is computed after the other,
            so that only one's sums and products are held at a time.
    """
    if keras.backend.backend() != "tensorflow":
        return ops.conv(x, kernel, padding="same", data_format="channels_last")
    import tensorflow as tf

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def convolved(x: Tensor, kernel: Tensor) -> tuple[Tensor, Gradient]:
        def gradients(upstream: Tensor) -> tuple[Tensor, Tensor]:
            mirrored = _mirrored(kernel)
            return (
                _outputs(upstream, mirrored, dim, slabs),
                _kernel_gradient(x, upstream, kernel, dim, slabs),
            )

        return _outputs(x, kernel, dim, slabs), gradients

    return convolved(tf.convert_to_tensor(x), tf.convert_to_tensor(kernel))


def _outputs(x: Tensor, kernel: Tensor, dim: int, slabs: int) -> Tensor:
    """The outputs ``d0 g0 + d1 g1 + d2 g2`` and ``d1 g0 + d2 g1 + d3 g2`` of every pair (equation 5)."""
    import tensorflow as tf

    axis = dim + 1
    g0, g1, g2 = tf.split(kernel, 3, axis=dim)
    factors = (g0, (g0 + g1 + g2) * 0.5, (g0 - g1 + g2) * 0.5, g2)
    parts: list[Tensor] = []
    for slab in _slabs(x, axis, slabs, parts, margin=1):
        m1, m2, m3, m4 = (
            tf.nn.convolution(d, g, padding="SAME") for d, g in zip(_sums(slab, axis), factors, strict=True)
        )
        both = tf.stack([m1 + m2 + m3, m2 - m3 - m4], axis=axis + 1)
        sizes = tf.unstack(tf.shape(both))
        parts.append(tf.reshape(both, [*sizes[:axis], 2 * both.shape[axis], *sizes[axis + 2 :]]))
    return parts[0] if slabs == 1 else tf.concat(parts, axis)


def _kernel_gradient(x: Tensor, upstream: Tensor, kernel: Tensor, dim: int, slabs: int) -> Tensor:
    """The gradients of the taps: each transform of `_outputs`, transposed."""
    import tensorflow as tf

    axis, shape = dim + 1, list(kernel.shape)
    shape[dim] = 1
    totals: list[Tensor] = []
    pairs = zip(
        _slabs(x, axis, slabs, totals, margin=1),
        _slabs(upstream, axis, slabs, totals),
        strict=True,
    )
    for slab, given in pairs:
        first, second = _halves(given, axis)
        outer = (first, first + second, first - second, -second)
        products = zip(_sums(slab, axis), outer, strict=True)
        found = tf.stack([_plain_kernel_gradient(d, shape, e) for d, e in products])
        totals.append(totals[-1] + found if totals else found)
    u1, u2, u3, u4 = tf.unstack(totals[-1])
    both = (u2 + u3) * 0.5
    return tf.concat([u1 + both, (u2 - u3) * 0.5, both + u4], axis=dim)


def _plain_kernel_gradient(x: Tensor, shape: list[int], upstream: Tensor) -> Tensor:
    """The gradient of a kernel of `shape`, by TensorFlow's own op; that of one axis is an image's."""
    import tensorflow as tf

    has_one = len(shape) == 3
    if has_one:
        x, upstream, shape = x[:, None], upstream[:, None], [1, *shape]
    make = tf.raw_ops.Conv3DBackpropFilterV2 if len(shape) == 5 else tf.raw_ops.Conv2DBackpropFilter
    ones = [1] * len(shape)
    found = make(input=x, filter_sizes=shape, out_backprop=upstream, strides=ones, padding="SAME")
    return found[0] if has_one else found


def _slabs(x: Tensor, axis: int, count: int, before: list[Tensor], margin: int = 0) -> Iterator[Tensor]:
    """`x` in `count` parts along `axis`, each with a margin of its neighbours' values, of zeros at the ends.

    A part is made once the last tensor that `before` then has is there.
    """
    import tensorflow as tf

    size = x.shape[axis] // count
    for index in range(count):
        first, last = index * size - margin, (index + 1) * size + margin
        with tf.control_dependencies(before[-1:]):
            part = x[(slice(None),) * axis + (slice(max(first, 0), min(last, x.shape[axis])),)]
        missing = (max(-first, 0), max(last - x.shape[axis], 0))
        yield tf.pad(part, [missing if each == axis else (0, 0) for each in range(len(x.shape))])


def _sums(x: Tensor, axis: int) -> Four:
    """``d0 - d2``, ``d1 + d2``, ``d2 - d1``, ``d1 - d3`` of the four inputs of every pair."""
    even, odd = _halves(x, axis)
    but_last, but_first = ((slice(None),) * axis + (part,) for part in (slice(None, -1), slice(1, None)))
    d0, d1, d2, d3 = even[but_last], odd[but_last], even[but_first], odd[but_first]
    return d0 - d2, d1 + d2, d2 - d1, d1 - d3


def _halves(x: Tensor, axis: int) -> tuple[Tensor, Tensor]:
    """The first and the second of every pair along `axis`."""
    import tensorflow as tf

    sizes = tf.unstack(tf.shape(x))
    pairs = tf.reshape(x, [*sizes[:axis], x.shape[axis] // 2, 2, *sizes[axis + 1 :]])
    before = (slice(None),) * (axis + 1)
    return pairs[(*before, 0)], pairs[(*before, 1)]


def _mirrored(kernel: Tensor) -> Tensor:
    """The kernel by which gradients go back: of the opposite taps, from filters to channels."""
    import tensorflow as tf

    dims = len(kernel.shape) - 2
    return tf.transpose(tf.reverse(kernel, list(range(dims))), (*range(dims), dims + 1, dims))
