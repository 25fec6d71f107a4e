"""Down-sampling behind a blur, so that a shift of the input stays one of the output."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from unetgen.parts.downs.down import Down
from unetgen.parts.recipe import Recipe, Stage, Step
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import BlurPool, Pool
from unetgen.plan.ops.base import Axes


class BlurPoolDown(Down):
    """Max pooling at every position, then a fixed blur with a stride (Zhang 2019, arXiv 1904.11486).

    The pooling has a window of the factor and a stride of 1. The blur is binomial, with reflected edges. It
    keeps the first of every factor's positions, so that odd sizes round up.
    """

    kind: Literal["blur_pool"] = "blur_pool"
    max_pool: bool = True
    """Pools before the blur."""
    taps: int = Field(3, ge=2, le=9)
    """How many positions the blur covers on each axis: 3 is [1, 2, 1] / 4."""

    def lower(
        self, b: Builder, x: Node, step: Step, stage: Stage, recipe: Recipe
    ) -> tuple[Node, Axes | None]:
        """`x` at the next level's size, and no strides left for the next block."""
        if self.max_pool:
            x = b.add(Pool("max", step.strides, (1,) * x.spec.dims, padding="same"), x, name="pool")
        return b.add(BlurPool(step.strides, self.taps), x), None
