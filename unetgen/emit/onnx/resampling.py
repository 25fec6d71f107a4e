"""Up-sampling, resizing, blurring, and moving positions to the channels and back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from unetgen.emit.onnx.graph import NodeWriter
from unetgen.emit.onnx.shapes import reshaped, scalar, sizes_of, spatial_sizes
from unetgen.plan.ops import BlurPool, PixelShuffle, PixelUnshuffle, Resize, Upsample
from unetgen.plan.ops.resample import Interpolation

if TYPE_CHECKING:
    from numpy.typing import NDArray

MODES: Mapping[Interpolation, Mapping[str, str]] = {
    "nearest": {
        "mode": "nearest",
        "coordinate_transformation_mode": "asymmetric",
        "nearest_mode": "floor",
    },
    "linear": {"mode": "linear", "coordinate_transformation_mode": "half_pixel"},
    "linear_align_corners": {"mode": "linear", "coordinate_transformation_mode": "align_corners"},
}
"""The attributes of ``Resize``."""


def upsample(op: Upsample, w: NodeWriter) -> str:
    """``Resize`` by whole factors."""
    return w.last("Resize", w.x, "", w.scales((1, 1, *op.size)), **MODES[op.interpolation])


def resize(op: Resize, w: NodeWriter) -> str:
    """``Resize`` to a size; nearest by the positions themselves, which runtimes round as they like."""
    if op.interpolation != "nearest":
        axes = tuple(range(2, w.dims + 2))
        wanted = w.integers("sizes", op.spatial)
        return w.last("Resize", w.x, "", "", wanted, axes=axes, **MODES[op.interpolation])
    given, wanted = spatial_sizes(w), w.integers("wanted", op.spatial)
    return nearest(w, w.x, given, wanted)


def nearest(w: NodeWriter, x: str, given: str, wanted: str) -> str:
    """`x` of the sizes `given` with the sizes `wanted`, both tensors: position ``floor(i * in / out)``."""
    zero, one = w.integers("zero", 0), w.integers("one", 1)
    for axis in range(w.dims):
        size_in, size_out = scalar(w, given, axis), scalar(w, wanted, axis)
        places = w.step("Div", w.step("Mul", w.step("Range", zero, size_out, one), size_in), size_out)
        x = (w.last if axis == w.dims - 1 else w.step)("Gather", x, places, axis=axis + 2)
    return x


def pixel_shuffle(op: PixelShuffle, w: NodeWriter) -> str:
    """Split the channels into ``(out, *offsets)``, put each offset behind its axis, and join the two."""
    dims, channels, spatial = w.dims, w.spec.channels, spatial_sizes(w)
    split = reshaped(w, w.x, (channels, *op.size), spatial, w.step)
    places = chain.from_iterable((2 + dims + axis, 2 + axis) for axis in range(dims))
    moved = w.step("Transpose", split, perm=(0, 1, *places))
    grown = w.step("Mul", spatial, w.integers("size", op.size))
    return reshaped(w, moved, (channels,), grown, w.last)


def pixel_unshuffle(op: PixelUnshuffle, w: NodeWriter) -> str:
    """Split each axis into ``(block, offset)``, and put the offsets behind the channel."""
    dims, sizes = w.dims, w.integers("size", op.size)
    blocks = w.step("Div", spatial_sizes(w), sizes)
    column = w.integers("column", [dims, 1])
    pairs = w.step("Concat", w.step("Reshape", blocks, column), w.step("Reshape", sizes, column), axis=1)
    behind = w.step("Reshape", pairs, w.integers("row", [-1]))
    split = reshaped(w, w.x, (w.specs[0].channels,), behind, w.step)
    places = range(2, 2 + 2 * dims, 2)
    moved = w.step("Transpose", split, perm=(0, 1, *(axis + 1 for axis in places), *places))
    return reshaped(w, moved, (w.spec.channels,), blocks, w.last)


def blur_pool(op: BlurPool, w: NodeWriter) -> str:
    """A depthwise convolution with the blur of all axes at once, over what is reflected at the ends."""
    taps, channels = op.taps, w.spec.channels
    blur = [math.comb(taps - 1, tap) / 2 ** (taps - 1) for tap in range(taps)]
    x, kernel = w.x, np.ones(())
    for axis, stride in enumerate(op.strides):
        kernel = np.multiply.outer(kernel, blur if stride > 1 else [1.0])
        if stride > 1:
            x = w.step("Gather", x, _reflected(w, axis, (taps - 1) // 2, taps // 2), axis=axis + 2)
    kernels = np.broadcast_to(kernel, (channels, 1, *kernel.shape))
    return w.last(
        "Conv", x, w.floats("blur", kernels), kernel_shape=kernel.shape, strides=op.strides, group=channels
    )


def _reflected(w: NodeWriter, axis: int, before: int, after: int) -> str:
    """The positions of one axis with so many more at its ends, reflected."""
    size = w.specs[0].spatial[axis]
    if axis not in w.specs[0].free:
        return w.integers("places", reflected(np.arange(-before, size + after), size))
    count, one = scalar(w, sizes_of(w, w.x), axis), w.integers("one", 1)
    end = w.step("Add", count, w.integers("after", after))
    places = w.step("Abs", w.step("Range", w.integers("first", -before), end, one))
    last = w.step("Sub", count, one)
    mirrored = w.step("Sub", w.step("Add", last, last), places)
    inner = w.step("Min", places, mirrored)  # beyond the last position the mirrored one is the smaller
    return w.step("Min", w.step("Max", inner, w.integers("least", 0)), last)


def reflected(places: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Positions beyond the ends mirrored at the outermost one, then held within.

    >>> reflected(np.array([-1, 0, 3]), size=3).tolist()
    [1, 0, 1]
    """
    mirrored = np.abs(places)
    mirrored = np.where(mirrored > size - 1, 2 * (size - 1) - mirrored, mirrored)
    return np.asarray(np.clip(mirrored, 0, size - 1), "int64")
