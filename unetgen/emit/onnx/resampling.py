"""Up-sampling, resizing, blurring, and moving positions to the channels and back."""

from __future__ import annotations

import math
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from unetgen.emit.onnx.graph import NodeWriter
from unetgen.emit.onnx.shapes import reshaped
from unetgen.plan.ops import BlurPool, PixelShuffle, PixelUnshuffle, Resize, Upsample

if TYPE_CHECKING:
    from numpy.typing import NDArray

NEAREST = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
LINEAR = {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}


def upsample(op: Upsample, w: NodeWriter) -> str:
    """``Resize`` by whole factors."""
    how = NEAREST if op.interpolation == "nearest" else LINEAR
    return w.last("Resize", w.x, "", w.scales((1, 1, *op.size)), **how)


def resize(op: Resize, w: NodeWriter) -> str:
    """``Resize`` to a size; nearest by the positions themselves, which runtimes round as they like."""
    if op.interpolation == "linear":
        axes = tuple(range(2, w.dims + 2))
        return w.last("Resize", w.x, "", "", w.integers("sizes", op.spatial), axes=axes, **LINEAR)
    y = w.x
    sizes = list(zip(w.specs[0].spatial, op.spatial, strict=True))
    for axis, (size_in, size_out) in enumerate(sizes):
        end = w.last if axis == w.dims - 1 else w.step
        y = end("Gather", y, w.integers("places", np.arange(size_out) * size_in // size_out), axis=axis + 2)
    return y


def pixel_shuffle(op: PixelShuffle, w: NodeWriter) -> str:
    """Split the channels into ``(out, *offsets)``, put each offset behind its axis, and join the two."""
    dims, spatial = w.dims, w.specs[0].spatial
    split = reshaped(w, w.x, (w.spec.channels, *op.size, *spatial), w.step)
    places = chain.from_iterable((2 + dims + axis, 2 + axis) for axis in range(dims))
    moved = w.step("Transpose", split, perm=(0, 1, *places))
    return reshaped(w, moved, w.spec.shape("channels_first"), w.last)


def pixel_unshuffle(op: PixelUnshuffle, w: NodeWriter) -> str:
    """Split each axis into ``(block, offset)``, and put the offsets behind the channel."""
    pairs = chain.from_iterable(zip(w.spec.spatial, op.size, strict=True))
    split = reshaped(w, w.x, (w.specs[0].channels, *pairs), w.step)
    blocks = range(2, 2 + 2 * w.dims, 2)
    moved = w.step("Transpose", split, perm=(0, 1, *(axis + 1 for axis in blocks), *blocks))
    return reshaped(w, moved, w.spec.shape("channels_first"), w.last)


def blur_pool(op: BlurPool, w: NodeWriter) -> str:
    """A depthwise convolution with the blur of all axes at once, over what is reflected at the ends."""
    taps, channels = op.taps, w.spec.channels
    before = (taps - 1) // 2
    blur = [math.comb(taps - 1, tap) / 2 ** (taps - 1) for tap in range(taps)]
    x, kernel = w.x, np.ones(())
    for axis, (size, stride) in enumerate(zip(w.specs[0].spatial, op.strides, strict=True)):
        kernel = np.multiply.outer(kernel, blur if stride > 1 else [1.0])
        if stride > 1:
            places = reflected(np.arange(-before, size + taps - 1 - before), size)
            x = w.step("Gather", x, w.integers("places", places), axis=axis + 2)
    kernels = np.broadcast_to(kernel, (channels, 1, *kernel.shape))
    return w.last(
        "Conv", x, w.floats("blur", kernels), kernel_shape=kernel.shape, strides=op.strides, group=channels
    )


def reflected(places: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Positions beyond the ends mirrored at the outermost one, then held within.

    >>> reflected(np.array([-1, 0, 3]), size=3).tolist()
    [1, 0, 1]
    """
    mirrored = np.abs(places)
    mirrored = np.where(mirrored > size - 1, 2 * (size - 1) - mirrored, mirrored)
    return np.asarray(np.clip(mirrored, 0, size - 1), "int64")
