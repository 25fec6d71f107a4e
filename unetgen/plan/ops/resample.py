"""Operations that change the spatial size and have no weights."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import accumulate
from operator import mul
from typing import Literal

from unetgen.plan.ops.base import (
    WHERE_SET,
    Axes,
    Op,
    Reach,
    SamePosition,
    Specs,
    everywhere,
)
from unetgen.plan.ops.workspace import Kept, Workspace
from unetgen.plan.tensor import TensorSpec, sizes

Interpolation = Literal["nearest", "linear"]


@dataclass(frozen=True, slots=True)
class Input(SamePosition):
    """The network's input."""

    spec: TensorSpec

    def infer(self, inputs: Specs) -> TensorSpec:
        return self.spec


@dataclass(frozen=True, slots=True)
class Pool(Op):
    """Pooling over windows of `size`; by default they do not overlap, and what is left over is dropped.

    ``same`` pads as TensorFlow does, with values that do not count: with strides equal to the size that is
    PyTorch's ``ceil_mode`` where at most one position is missing on an axis.
    """

    reduction: Literal["max", "average"]
    size: Axes
    strides: Axes | None = field(default=None, metadata=WHERE_SET)
    """None: the size."""
    padding: Literal["same", "valid"] = field(default="valid", metadata=WHERE_SET)

    def words(self) -> str:
        stride = f" /{sizes(self.strides)}" if self.strides and self.strides != self.size else ""
        return f"{self.reduction} pool {sizes(self.size)}{stride}"

    @property
    def kept(self) -> Kept:
        return Kept.BOTH if self.reduction == "max" else Kept.NOTHING

    def workspace(self, inputs: Specs) -> Workspace:
        # oneDNN notes where each maximum was.
        mask = self.infer(inputs).elements if self.reduction == "max" else 0
        return Workspace(mask=mask, is_copied_for_xla=True)

    def infer(self, inputs: Specs) -> TensorSpec:
        (source,) = inputs
        return TensorSpec(
            tuple(map(self._count, source.spatial, self.size, self.strides or self.size)), source.channels
        )

    def _count(self, size: int, window: int, stride: int) -> int:
        return -(-size // stride) if self.padding == "same" else (size - window) // stride + 1

    def reach(self, axis: int, inputs: Specs) -> Reach:
        window, stride = self.size[axis], self.step(axis)
        before = 0
        if self.padding == "same":
            size = inputs[0].spatial[axis]
            before = max((-(-size // stride) - 1) * stride + window - size, 0) // 2
        return Reach(stride, first=-before, last=window - 1 - before)

    def step(self, axis: int) -> int:
        return (self.strides or self.size)[axis]


@dataclass(frozen=True, slots=True)
class GlobalPool(Op):
    """The average or the maximum over all positions; every spatial size becomes 1."""

    reduction: Literal["max", "average"] = "average"

    def words(self) -> str:
        return f"global {self.reduction} pool"

    @property
    def kept(self) -> Kept:
        return Kept.BOTH if self.reduction == "max" else Kept.NOTHING

    def infer(self, inputs: Specs) -> TensorSpec:
        (source,) = inputs
        return TensorSpec((1,) * source.dims, source.channels)

    def reach(self, axis: int, inputs: Specs) -> Reach:
        return everywhere(axis, inputs)


@dataclass(frozen=True, slots=True)
class BlurPool(Op):
    """Every `strides`-th position of a binomial blur against aliasing (Zhang 2019, arXiv 1904.11486).

    The blur of `taps` positions an axis is depthwise and has no weights; the edges are reflected,
    (taps - 1) // 2 positions before and the rest after.
    """

    strides: Axes
    taps: int = 3

    def words(self) -> str:
        return f"blur pool {sizes(self.strides)}"

    def infer(self, inputs: Specs) -> TensorSpec:
        (source,) = inputs
        spatial = tuple(-(-n // stride) for n, stride in zip(source.spatial, self.strides, strict=True))
        return TensorSpec(spatial, source.channels)

    def reach(self, axis: int, inputs: Specs) -> Reach:
        stride = self.strides[axis]
        if stride == 1:
            return Reach()
        before = (self.taps - 1) // 2
        return Reach(stride, first=-before, last=self.taps - 1 - before)

    def step(self, axis: int) -> int:
        return self.strides[axis]


@dataclass(frozen=True, slots=True)
class Upsample(Op):
    """Up-sampling by whole factors; linear with half-pixel centres and clamped edges."""

    size: Axes
    interpolation: Interpolation = "nearest"

    def words(self) -> str:
        return f"{self.interpolation} {sizes(self.size)}"

    def workspace(self, inputs: Specs) -> Workspace:
        """One axis after the other is repeated."""
        _, *partly = accumulate(self.size[:-1], mul, initial=inputs[0].elements)
        return Workspace(forward=tuple(partly))

    def infer(self, inputs: Specs) -> TensorSpec:
        (source,) = inputs
        return TensorSpec(
            tuple(n * size for n, size in zip(source.spatial, self.size, strict=True)), source.channels
        )

    def reach(self, axis: int, inputs: Specs) -> Reach:
        return _resized(1, self.size[axis], self.interpolation)

    def step(self, axis: int) -> Fraction:
        return Fraction(1, self.size[axis])


@dataclass(frozen=True, slots=True)
class Resize(Op):
    """Resizing to a given spatial size: nearest reads floor(i * in / out), linear as `Upsample`."""

    spatial: Axes
    interpolation: Interpolation = "nearest"

    def words(self) -> str:
        return f"{self.interpolation} to {sizes(self.spatial)}"

    def infer(self, inputs: Specs) -> TensorSpec:
        return TensorSpec(self.spatial, inputs[0].channels)

    def reach(self, axis: int, inputs: Specs) -> Reach:
        return _resized(inputs[0].spatial[axis], self.spatial[axis], self.interpolation)

    def step(self, axis: int) -> None:
        return None


def _resized(n_in: int, n_out: int, interpolation: Interpolation) -> Reach:
    if interpolation == "nearest":
        return Reach(n_in, divisor=n_out)
    # Output o reads at (o + 1/2) * n_in / n_out - 1/2, between the whole positions around it.
    return Reach(2 * n_in, first=n_in - n_out, last=n_in + n_out - 1, divisor=2 * n_out)


@dataclass(frozen=True, slots=True)
class PixelShuffle(Op):
    """Depth to space: channels c * prod(size) become c, each axis grows by its factor.

    Shi et al. 2016, arXiv 1609.05158; the output channel is the slowest part of the input channel,
    as in PyTorch.
    """

    size: Axes

    def words(self) -> str:
        return f"pixel shuffle {sizes(self.size)}"

    def infer(self, inputs: Specs) -> TensorSpec:
        (source,) = inputs
        spatial = tuple(n * size for n, size in zip(source.spatial, self.size, strict=True))
        return TensorSpec(spatial, source.channels // math.prod(self.size))

    def broken_rules(self, inputs: Specs) -> Iterator[str]:
        return _lost_values(self, inputs)

    def reach(self, axis: int, inputs: Specs) -> Reach:
        return Reach(divisor=self.size[axis])

    def step(self, axis: int) -> Fraction:
        return Fraction(1, self.size[axis])


@dataclass(frozen=True, slots=True)
class PixelUnshuffle(Op):
    """Space to depth, the inverse of `PixelShuffle`: channels c become c * prod(size), sizes shrink."""

    size: Axes

    def words(self) -> str:
        return f"pixel unshuffle {sizes(self.size)}"

    def infer(self, inputs: Specs) -> TensorSpec:
        (source,) = inputs
        spatial = tuple(n // size for n, size in zip(source.spatial, self.size, strict=True))
        return TensorSpec(spatial, source.channels * math.prod(self.size))

    def broken_rules(self, inputs: Specs) -> Iterator[str]:
        return _lost_values(self, inputs)

    def reach(self, axis: int, inputs: Specs) -> Reach:
        return Reach(self.size[axis], last=self.size[axis] - 1)

    def step(self, axis: int) -> int:
        return self.size[axis]


def _lost_values(op: PixelShuffle | PixelUnshuffle, inputs: Specs) -> Iterator[str]:
    """Moving values to and from the channels keeps them all, where the factors divide."""
    if op.infer(inputs).elements != inputs[0].elements:
        yield "channels or sizes do not divide"


@dataclass(frozen=True, slots=True)
class Pad(Op):
    """Padding, (before, after) per axis: with zeros, or with the outermost values repeated (``edge``)."""

    amounts: tuple[tuple[int, int], ...]
    mode: Literal["constant", "edge"] = field(default="constant", metadata=WHERE_SET)

    def words(self) -> str:
        return f"{'edge ' if self.mode == 'edge' else ''}pad {_amounts(self.amounts)}"

    def infer(self, inputs: Specs) -> TensorSpec:
        (source,) = inputs
        spatial = tuple(n + sum(pair) for n, pair in zip(source.spatial, self.amounts, strict=True))
        return TensorSpec(spatial, source.channels)

    def reach(self, axis: int, inputs: Specs) -> Reach:
        before = self.amounts[axis][0]
        return Reach(first=-before, last=-before)


@dataclass(frozen=True, slots=True)
class Crop(Op):
    """Cropping, (before, after) per axis."""

    amounts: tuple[tuple[int, int], ...]

    def words(self) -> str:
        return f"crop {_amounts(self.amounts)}"

    def infer(self, inputs: Specs) -> TensorSpec:
        (source,) = inputs
        spatial = tuple(n - sum(pair) for n, pair in zip(source.spatial, self.amounts, strict=True))
        return TensorSpec(spatial, source.channels)

    def reach(self, axis: int, inputs: Specs) -> Reach:
        before = self.amounts[axis][0]
        return Reach(first=before, last=before)


def _amounts(amounts: tuple[tuple[int, int], ...]) -> str:
    return " ".join(f"{before}+{after}" for before, after in amounts)
