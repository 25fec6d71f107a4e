"""Up-sampling and resizing, and moving positions to the channels and back: without weights."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from operator import mul
from typing import Literal

from unetgen.plan.ops.base import Axes, Op, Reach, Specs
from unetgen.plan.ops.workspace import Workspace
from unetgen.plan.tensor import TensorSpec, sizes

Interpolation = Literal["nearest", "linear", "linear_align_corners"]
IN_WORDS: Mapping[Interpolation, str] = {
    "nearest": "nearest",
    "linear": "linear",
    "linear_align_corners": "corner-aligned linear",
}
"""What people call each."""


@dataclass(frozen=True, slots=True)
class Upsample(Op):
    """Up-sampling by whole factors.

    Linear has half-pixel centres and clamped edges. `linear_align_corners` lays the first and the last
    position of an axis on the first and the last of the input, as PyTorch's ``align_corners=True``.
    """

    size: Axes
    interpolation: Interpolation = "nearest"

    def words(self) -> str:
        return f"{IN_WORDS[self.interpolation]} {sizes(self.size)}"

    def workspace(self, inputs: Specs) -> Workspace:
        """One axis after the other is repeated."""
        _, *partly = accumulate(self.size[:-1], mul, initial=inputs[0].elements)
        return Workspace(forward=tuple(partly))

    def infer(self, inputs: Specs) -> TensorSpec:
        (source,) = inputs
        return source.of_sizes(tuple(n * size for n, size in zip(source.spatial, self.size, strict=True)))

    def reach(self, axis: int, inputs: Specs) -> Reach:
        # Where corners are aligned, each position's place depends on the size.
        size = inputs[0].spatial[axis] if self.interpolation == "linear_align_corners" else 1
        return resized(size, size * self.size[axis], self.interpolation)

    def step(self, axis: int) -> Fraction:
        return Fraction(1, self.size[axis])


@dataclass(frozen=True, slots=True)
class Resize(Op):
    """Resizing to a given spatial size: nearest reads floor(i * in / out), the others as `Upsample`."""

    spatial: Axes
    interpolation: Interpolation = "nearest"

    def words(self) -> str:
        return f"{IN_WORDS[self.interpolation]} to {sizes(self.spatial)}"

    def infer(self, inputs: Specs) -> TensorSpec:
        return TensorSpec(self.spatial, inputs[0].channels)

    def reach(self, axis: int, inputs: Specs) -> Reach:
        return resized(inputs[0].spatial[axis], self.spatial[axis], self.interpolation)

    def step(self, axis: int) -> None:
        return None


def resized(n_in: int, n_out: int, interpolation: Interpolation) -> Reach:
    """What resizing from `n_in` to `n_out` positions sees."""
    if interpolation == "nearest":
        return Reach(n_in, divisor=n_out)
    if interpolation == "linear_align_corners":
        # Output o reads at o * (n_in - 1) / (n_out - 1); the only one reads at 0.
        return Reach(n_in - 1, last=n_out - 2, divisor=n_out - 1) if n_out > 1 else Reach(0)
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
        return source.of_sizes(spatial, source.channels // math.prod(self.size))

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
        return source.of_sizes(spatial, source.channels * math.prod(self.size))

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
