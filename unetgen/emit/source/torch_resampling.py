"""Pooling and resizing in PyTorch, position by position as the plan's ops do it."""

from __future__ import annotations

import numpy as np

from unetgen.emit.source.step import Argument, Made, SourceStep, Value
from unetgen.plan.ops import Pool, Resize, Upsample
from unetgen.plan.ops.base import Axes, Specs
from unetgen.plan.ops.resample import Interpolation
from unetgen.plan.tensor import TensorSpec

LONGEST = 2**14
"""Up to so many positions a scale is tried."""
LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}


def _axes(name: str, values: Axes, default: Value | None = None, is_positional: bool = False) -> Argument:
    value = values[0] if len(set(values)) == 1 else values
    return Argument(name, value, "sizes", is_positional, ... if default is None else default)


def pool_step(op: Pool, inputs: Specs) -> SourceStep:
    """A pooling; what ``same`` adds does not count, so PyTorch is told not to count it."""
    (source,) = inputs
    name = {"max": "max", "average": "avg"}[op.reduction]
    strides = op.strides or op.size
    size = _axes("kernel_size", op.size, is_positional=True)
    given = [size, *([_axes("stride", strides)] if strides != op.size else [])]
    amounts = same_padding(source, op.size, strides) if op.padding == "same" else [(0, 0)] * source.dims
    pooling = f"nn.functional.{name}_pool{source.dims}d"
    if amounts is not None and all(before == after for before, after in amounts):
        if any(before for before, _ in amounts):
            given.append(_axes("padding", tuple(before for before, _ in amounts)))
            given += [Argument("count_include_pad", False)] * (op.reduction == "average")
        return SourceStep(function=Made(pooling, tuple(given)))
    if all(_lacks_one(window, stride) for window, stride in zip(op.size, strides, strict=True)):
        return SourceStep(function=Made(pooling, (*given, Argument("ceil_mode", True))))
    helper = f"{op.reduction}_pool_same"
    rows = (Argument("size", op.size, "sizes", True), Argument("stride", strides, "sizes", True))
    return SourceStep(function=Made(helper, rows), helpers=(helper,))


def same_padding(source: TensorSpec, windows: Axes, strides: Axes) -> list[tuple[int, int]] | None:
    """What TensorFlow's ``same`` adds before and after each axis; None where it depends on a free size."""
    amounts: list[tuple[int, int]] = []
    for axis, (size, window, stride) in enumerate(zip(source.spatial, windows, strides, strict=True)):
        tried = range(size, size + stride) if axis in source.free else (size,)
        totals = {max((-(-each // stride) - 1) * stride + window - each, 0) for each in tried}
        if len(totals) > 1:
            return None
        amounts.append((max(totals) // 2, max(totals) - max(totals) // 2))
    return amounts


def _lacks_one(window: int, stride: int) -> bool:
    """Whether at most one position is lacking, at the end, whatever the size: PyTorch's ``ceil_mode``."""
    return (window <= stride and window - 1 <= 1) or window == stride == 1


def upsample_step(op: Upsample, inputs: Specs) -> SourceStep:
    """Up-sampling by factors."""
    (source,) = inputs
    factor = _axes("scale_factor", op.size)
    if op.interpolation != "nearest":
        return _interpolate(factor, _linear(source), _corners(op.interpolation))
    spatial = tuple(size * by for size, by in zip(source.spatial, op.size, strict=True))
    if all(map(_doubles_right, op.size)):
        return _interpolate(factor, Argument("mode", "nearest", default="nearest"))
    return _by_index(spatial)


def _doubles_right(by: int) -> bool:
    """Whether PyTorch, which multiplies with a float32 scale, repeats each of many positions `by` times."""
    scale, places = np.float32(1 / by), np.arange(LONGEST)
    return np.array_equal(np.floor(places.astype(np.float32) * scale), places // by)


def resize_step(op: Resize, inputs: Specs) -> SourceStep:
    """Resizing to a size."""
    (source,) = inputs
    size = Argument("size", op.spatial, "sizes")
    if op.interpolation != "nearest":
        return _interpolate(size, _linear(source), _corners(op.interpolation))
    scales = [np.float32(size / to) for size, to in zip(source.spatial, op.spatial, strict=True)]
    if _reads_right(source.spatial, op.spatial, scales):
        return _interpolate(size, Argument("mode", "nearest", default="nearest"))
    return _by_index(op.spatial)


def _corners(interpolation: Interpolation) -> Argument:
    return Argument("align_corners", interpolation == "linear_align_corners")


def _linear(source: TensorSpec) -> Argument:
    return Argument("mode", LINEAR[source.dims])


def _interpolate(*arguments: Argument) -> SourceStep:
    return SourceStep(function=Made("nn.functional.interpolate", arguments))


def _by_index(spatial: Axes) -> SourceStep:
    size = Argument("size", spatial, "sizes", is_positional=True)
    return SourceStep(function=Made("resize_nearest", (size,)), helpers=("resize_nearest",))


def _reads_right(spatial: Axes, wanted: Axes, scales: list[np.float32]) -> bool:
    """Whether PyTorch, which multiplies with a float32 scale, reads ``floor(i * in / out)`` everywhere."""
    return all(
        np.array_equal(np.floor(np.arange(to, dtype=np.float32) * scale), np.arange(to) * size // to)
        for size, to, scale in zip(spatial, wanted, scales, strict=True)
    )
