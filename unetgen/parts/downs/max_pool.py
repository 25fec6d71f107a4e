"""Down-sampling by max pooling."""

from __future__ import annotations

from typing import Literal

from unetgen.parts.downs.down import Down, require_whole
from unetgen.parts.recipe import Recipe, Stage, Step
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Pool
from unetgen.plan.ops.base import Axes


class MaxPool(Down):
    """Max pooling over windows that do not overlap."""

    kind: Literal["max_pool"] = "max_pool"

    def lower(
        self, b: Builder, x: Node, step: Step, stage: Stage, recipe: Recipe
    ) -> tuple[Node, Axes | None]:
        """`x` at the next level's size, and no strides left for the next block."""
        require_whole(b, x, step.strides, step.strides, recipe.fit)
        return b.add(Pool("max", step.strides), x), None
