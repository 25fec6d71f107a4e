"""Operations that change the spatial size and have no weights."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from unetgen.plan.ops.base import Axes, Kept, Op, SamePosition, Specs
from unetgen.plan.tensor import TensorSpec

Interpolation = Literal["nearest", "linear"]


@dataclass(frozen=True, slots=True)
class Input(SamePosition):
    """The network's input."""

    spec: TensorSpec

    def infer(self, inputs: Specs) -> TensorSpec:
        return self.spec


@dataclass(frozen=True, slots=True)
class Pool(Op):
    """Pooling over windows of `size` that do not overlap; what is left over at the end is dropped."""

    reduction: Literal["max", "average"]
    size: Axes

    @property
    def kept(self) -> Kept:
        return Kept.BOTH if self.reduction == "max" else Kept.NOTHING

    def infer(self, inputs: Specs) -> TensorSpec:
        (source,) = inputs
        return TensorSpec(
            tuple(n // size for n, size in zip(source.spatial, self.size, strict=True)), source.channels
        )

    def window(self, axis: int, low: int, high: int, inputs: Specs) -> tuple[int, int]:
        return low * self.size[axis], (high + 1) * self.size[axis] - 1

    def step(self, axis: int) -> Fraction:
        return Fraction(self.size[axis])


@dataclass(frozen=True, slots=True)
class Upsample(Op):
    """Up-sampling by whole factors; linear with half-pixel centres and clamped edges."""

    size: Axes
    interpolation: Interpolation = "nearest"

    def infer(self, inputs: Specs) -> TensorSpec:
        (source,) = inputs
        return TensorSpec(
            tuple(n * size for n, size in zip(source.spatial, self.size, strict=True)), source.channels
        )

    def window(self, axis: int, low: int, high: int, inputs: Specs) -> tuple[int, int]:
        return _resized_window(low, high, 1, self.size[axis], self.interpolation)

    def step(self, axis: int) -> Fraction:
        return Fraction(1, self.size[axis])


@dataclass(frozen=True, slots=True)
class Resize(Op):
    """Resizing to a given spatial size: nearest reads floor(i * in / out), linear as `Upsample`."""

    spatial: Axes
    interpolation: Interpolation = "nearest"

    def infer(self, inputs: Specs) -> TensorSpec:
        return TensorSpec(self.spatial, inputs[0].channels)

    def window(self, axis: int, low: int, high: int, inputs: Specs) -> tuple[int, int]:
        return _resized_window(low, high, inputs[0].spatial[axis], self.spatial[axis], self.interpolation)


def _resized_window(low: int, high: int, n_in: int, n_out: int, interpolation: str) -> tuple[int, int]:
    if interpolation == "nearest":
        return low * n_in // n_out, high * n_in // n_out
    # Output o reads at (o + 1/2) * n_in / n_out - 1/2, between the whole positions around it.
    first, last = (2 * low + 1) * n_in - n_out, (2 * high + 1) * n_in - n_out
    return first // (2 * n_out), -(-last // (2 * n_out))


@dataclass(frozen=True, slots=True)
class PixelShuffle(Op):
    """Depth to space: channels c * prod(size) become c, each axis grows by its factor.

    Shi et al. 2016, arXiv 1609.05158; the output channel is the slowest part of the input channel,
    as in PyTorch.
    """

    size: Axes

    def infer(self, inputs: Specs) -> TensorSpec:
        (source,) = inputs
        spatial = tuple(n * size for n, size in zip(source.spatial, self.size, strict=True))
        return TensorSpec(spatial, source.channels // math.prod(self.size))

    def window(self, axis: int, low: int, high: int, inputs: Specs) -> tuple[int, int]:
        return low // self.size[axis], high // self.size[axis]

    def step(self, axis: int) -> Fraction:
        return Fraction(1, self.size[axis])


@dataclass(frozen=True, slots=True)
class Pad(Op):
    """Zero padding, (before, after) per axis."""

    amounts: tuple[tuple[int, int], ...]

    def infer(self, inputs: Specs) -> TensorSpec:
        (source,) = inputs
        spatial = tuple(n + sum(pair) for n, pair in zip(source.spatial, self.amounts, strict=True))
        return TensorSpec(spatial, source.channels)

    def window(self, axis: int, low: int, high: int, inputs: Specs) -> tuple[int, int]:
        before = self.amounts[axis][0]
        return low - before, high - before


@dataclass(frozen=True, slots=True)
class Crop(Op):
    """Cropping, (before, after) per axis."""

    amounts: tuple[tuple[int, int], ...]

    def infer(self, inputs: Specs) -> TensorSpec:
        (source,) = inputs
        spatial = tuple(n - sum(pair) for n, pair in zip(source.spatial, self.amounts, strict=True))
        return TensorSpec(spatial, source.channels)

    def window(self, axis: int, low: int, high: int, inputs: Specs) -> tuple[int, int]:
        before = self.amounts[axis][0]
        return low + before, high + before
