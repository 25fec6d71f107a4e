"""Pooling and resizing in PyTorch, position by position as the plan's ops do it."""

from __future__ import annotations

import numpy as np

from unetgen.emit.source.step import Argument, Made, SourceStep, Value
from unetgen.plan.ops import Pool, Resize, Upsample
from unetgen.plan.ops.base import Axes, Specs
from unetgen.plan.tensor import TensorSpec

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
    amounts = _same_padding(op, source)
    if max(max(pair) for pair in amounts) == 0:
        return SourceStep(function=Made(f"nn.functional.{name}_pool{source.dims}d", tuple(given)))
    if all(before == after for before, after in amounts):
        given.append(_axes("padding", tuple(before for before, _ in amounts)))
        given += [Argument("count_include_pad", False)] * (op.reduction == "average")
        return SourceStep(function=Made(f"nn.functional.{name}_pool{source.dims}d", tuple(given)))
    if all(
        not before and (stride > 1 or not after)
        for (before, after), stride in zip(amounts, strides, strict=True)
    ):
        given.append(Argument("ceil_mode", True))
        return SourceStep(function=Made(f"nn.functional.{name}_pool{source.dims}d", tuple(given)))
    padding = tuple(number for pair in reversed(amounts) for number in pair)
    given = [
        size,
        _axes("stride", strides, is_positional=True),
        Argument("padding", padding, is_positional=True),
    ]
    helper = f"{op.reduction}_pool_same"
    return SourceStep(function=Made(helper, tuple(given)), helpers=(helper,))


def _same_padding(op: Pool, source: TensorSpec) -> list[tuple[int, int]]:
    if op.padding != "same":
        return [(0, 0)] * source.dims
    totals = [
        max((-(-size // stride) - 1) * stride + window - size, 0)
        for size, window, stride in zip(source.spatial, op.size, op.strides or op.size, strict=True)
    ]
    return [(total // 2, total - total // 2) for total in totals]


def upsample_step(op: Upsample, inputs: Specs) -> SourceStep:
    """Up-sampling by factors."""
    (source,) = inputs
    factor = _axes("scale_factor", op.size)
    if op.interpolation == "linear":
        return _interpolate(factor, _linear(source), Argument("align_corners", False))
    spatial = tuple(size * by for size, by in zip(source.spatial, op.size, strict=True))
    scales = [np.float32(1 / by) for by in op.size]
    if _reads_right(source.spatial, spatial, scales):
        return _interpolate(factor, Argument("mode", "nearest", default="nearest"))
    return _by_index(spatial)


def resize_step(op: Resize, inputs: Specs) -> SourceStep:
    """Resizing to a size."""
    (source,) = inputs
    size = Argument("size", op.spatial, "sizes")
    if op.interpolation == "linear":
        return _interpolate(size, _linear(source), Argument("align_corners", False))
    scales = [np.float32(size / to) for size, to in zip(source.spatial, op.spatial, strict=True)]
    if _reads_right(source.spatial, op.spatial, scales):
        return _interpolate(size, Argument("mode", "nearest", default="nearest"))
    return _by_index(op.spatial)


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
