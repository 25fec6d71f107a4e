"""Padding and cropping: operations that add or take positions at the ends of each axis."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from unetgen.plan.ops.base import WHERE_SET, Op, Reach, Specs
from unetgen.plan.tensor import TensorSpec


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
        return source.of_sizes(spatial)

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
        return source.of_sizes(spatial)

    def reach(self, axis: int, inputs: Specs) -> Reach:
        before = self.amounts[axis][0]
        return Reach(first=before, last=before)


def _amounts(amounts: tuple[tuple[int, int], ...]) -> str:
    return " ".join(f"{before}+{after}" for before, after in amounts)
