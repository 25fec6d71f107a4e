"""Operations over any number of spatial axes, made of those over one or two; channels last.

LiteRT's fast kernels (XNNPACK's) are of two spatial axes. Of three it has no pooling at all, convolutions
neither dilated nor in groups, and transposed ones that are wrong where the axes differ. What is more than
LiteRT has is taken from the first spatial axis, one position or tap at a time: all positions of that axis are
one batch then. Sizes may be known at run time only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import gt
from typing import Literal

from keras import ops

from unetgen.layers.tensor import Tensor
from unetgen.plan.ops.base import Axes
from unetgen.plan.ops.conv import Padding

AT_ONCE = 2
"""Spatial axes that a kernel of LiteRT works on."""


def conv(
    x: Tensor,
    kernel: Tensor,
    strides: Axes,
    dilation: Axes,
    padding: Padding,
    bias: Tensor | None = None,
) -> Tensor:
    """A convolution, in as many groups as the channels of `x` have kernels; `kernel` is ``(*size, in, out)``.

    Along the first of more than two axes it is the sum of one convolution for each tap.
    """
    dims = len(strides)
    extents = [(taps - 1) * step + 1 for taps, step in zip(kernel.shape, dilation, strict=False)]
    if dims <= AT_ONCE:
        if padding == "same" and any(map(gt, strides, extents)):
            # XNNPACK pads the other axis wrongly then.
            for axis, (extent, stride) in enumerate(zip(extents, strides, strict=True), start=1):
                x = _padded_same(x, axis, extent, stride)
            padding = "valid"
        y = ops.conv(x, kernel, list(strides), padding, "channels_last", list(dilation))
        return y if bias is None else y + bias
    stride, step, taps = strides[0], dilation[0], kernel.shape[0]
    if padding == "same":
        x = _padded_same(x, 1, extents[0], stride)
    count = (ops.shape(x)[1] - (taps - 1) * step - 1) // stride + 1
    total = None
    for tap in range(taps):
        first = tap * step
        part = conv(
            _one_batch(x[:, first : first + (count - 1) * stride + 1 : stride]),
            kernel[tap],
            strides[1:],
            dilation[1:],
            padding,
            bias if tap == 0 else None,  # where the runtime adds it in its kernel
        )
        total = part if total is None else total + part
    return _of_batches(total, count)


def transposed_conv(
    x: Tensor, kernel: Tensor, strides: Axes, padding: Padding, bias: Tensor | None = None
) -> Tensor:
    """A transposed convolution; `kernel` is ``(*size, out, in)``.

    Along the first of more than two axes, every output position is a sum over those taps whose distance from
    it is a multiple of the stride. What stands at one distance is one tensor, and they interlock.
    """
    dims = len(strides)
    if dims <= AT_ONCE:
        y = ops.conv_transpose(x, kernel, list(strides), padding, data_format="channels_last")
        return y if bias is None else y + bias
    stride, taps = strides[0], kernel.shape[0]
    count = ops.shape(x)[1]
    parts = [_of_batches(transposed_conv(_one_batch(x), tap, strides[1:], padding), count) for tap in kernel]
    later = -(-taps // stride) - 1  # positions by which a sum is longer than the input
    phases = [_shifted_sum(parts[phase::stride], later) for phase in range(min(stride, taps))]
    phases += [ops.zeros_like(phases[0])] * (stride - len(phases))
    y = _interlocked(phases)
    more = max(taps - stride, 0)
    before, size = (more // 2, count * stride) if padding == "same" else (0, count * stride + more)
    y = y[:, before : before + size]
    return y if bias is None else y + bias


def pool(
    x: Tensor, reduction: Literal["max", "average"], size: Axes, strides: Axes, padding: Padding
) -> Tensor:
    """Pooling, which can be done axis by axis: padding counts in neither the maximum nor the average."""
    dims = len(size)
    one = ops.max_pool if reduction == "max" else ops.average_pool
    if dims <= AT_ONCE:
        return one(x, list(size), list(strides), padding, "channels_last")
    y = _of_batches(pool(_one_batch(x), reduction, size[1:], strides[1:], padding), ops.shape(x)[1])
    if size[0] == strides[0] == 1:
        return y
    batch, count, *rest, channels = ops.shape(y)
    flat = _reshaped(y, (batch, count, math.prod(rest), channels))
    y = one(flat, [size[0], 1], [strides[0], 1], padding, "channels_last")
    return _reshaped(y, (batch, ops.shape(y)[1], *rest, channels))


def shuffle(x: Tensor, size: Axes) -> Tensor:
    """Depth to space in the order of `PixelShuffle`, axis by axis: LiteRT moves at most six axes about."""
    for axis, factor in enumerate(size, start=1):
        shape = ops.shape(x)
        channels = shape[-1] // math.prod(size[axis - 1 :])
        split = (
            *(math.prod(shape[:axis]), shape[axis], math.prod(shape[axis + 1 : -1])),
            *(channels, factor, math.prod(size[axis:])),
        )
        moved = ops.transpose(_reshaped(x, split), (0, 1, 4, 2, 3, 5))
        grown = (*shape[:axis], shape[axis] * factor, *shape[axis + 1 : -1], shape[-1] // factor)
        x = _reshaped(moved, grown)
    return x


def unshuffle(x: Tensor, size: Axes) -> Tensor:
    """Space to depth in the order of `PixelUnshuffle`, from the last axis to the first."""
    channels = x.shape[-1]
    for axis, factor in reversed(list(enumerate(size, start=1))):
        shape = ops.shape(x)
        split = (
            *(math.prod(shape[:axis]), shape[axis] // factor, factor),
            *(math.prod(shape[axis + 1 : -1]), channels, math.prod(size[axis:])),
        )
        moved = ops.transpose(_reshaped(x, split), (0, 1, 3, 4, 2, 5))
        less = (*shape[:axis], shape[axis] // factor, *shape[axis + 1 : -1], shape[-1] * factor)
        x = _reshaped(moved, less)
    return x


def prelu(x: Tensor, slopes: Tensor) -> Tensor:
    """A ReLU with learned slopes; the converter makes no ``PRELU`` of it, which is for two axes only."""
    return ops.maximum(x, 0.0) + slopes * ops.minimum(x, 0.0)


def _one_batch(x: Tensor) -> Tensor:
    """The positions of the first spatial axis as samples."""
    batch, count, *rest = ops.shape(x)
    return _reshaped(x, (batch * count, *rest))


def _of_batches(x: Tensor, count: Tensor) -> Tensor:
    """The reverse: `count` samples as the positions of an axis."""
    _, *rest = ops.shape(x)
    return _reshaped(x, (-1, count, *rest))


def _padded_same(x: Tensor, axis: int, extent: int, stride: int) -> Tensor:
    """Zeros around `axis` as TensorFlow's ``same`` has them, the odd one after."""
    size = ops.shape(x)[axis]
    missing = extent - 1 if stride == 1 else (-(-size // stride) - 1) * stride + extent - size
    total = max(missing, 0) if isinstance(missing, int) else ops.maximum(missing, 0)
    return _padded(x, axis, total // 2, total - total // 2)


def _padded(x: Tensor, axis: int, before: Tensor, after: Tensor) -> Tensor:
    if isinstance(before, int) and before == after == 0:
        return x
    y = ops.pad(x, [(before, after) if each == axis else (0, 0) for each in range(len(x.shape))])
    return y if isinstance(before, int) else with_channels(y, x.shape[-1])


def with_channels(x: Tensor, channels: int) -> Tensor:
    """`x`, said to have so many channels: where amounts or sizes are known at run time only, TensorFlow may
    forget the others too, and LiteRT has no convolution then."""
    return ops.reshape(x, (*ops.shape(x)[:-1], channels))


def _shifted_sum(parts: Sequence[Tensor], later: int) -> Tensor:
    """The sum of `parts`, each one position later than the one before, `later` positions longer than they."""
    total = None
    for place, part in enumerate(parts):
        moved = _padded(part, 1, place, later - place)
        total = moved if total is None else total + moved
    return total


def _interlocked(phases: Sequence[Tensor]) -> Tensor:
    """The first position of each of `phases`, then the second of each, and so on."""
    batch, count, *rest = ops.shape(phases[0])
    flat = [_reshaped(phase, (batch, count, math.prod(rest))) for phase in phases]
    return _reshaped(ops.stack(flat, axis=2), (batch, count * len(phases), *rest))


def _reshaped(x: Tensor, shape: Sequence[Tensor]) -> Tensor:
    """`x` in this shape. One size that is not known is left to the reshaping itself: the runtime then knows
    all shapes before it runs, where it knows the input's."""
    unknown = [index for index, size in enumerate(shape) if not isinstance(size, int)]
    sizes = list(shape)
    if len(unknown) == 1:
        sizes[unknown[0]] = -1
    return ops.reshape(x, sizes)
