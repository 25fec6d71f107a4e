"""Down-sampling by average pooling."""

from __future__ import annotations

from typing import Literal

from unetgen.parts.downs.pooling import PoolingDown
from unetgen.parts.recipe import Recipe, Stage, Step
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops.base import Axes


class AveragePool(PoolingDown):
    """Average pooling, by default over windows that do not overlap."""

    kind: Literal["average_pool"] = "average_pool"

    def lower(
        self, b: Builder, x: Node, step: Step, stage: Stage, recipe: Recipe
    ) -> tuple[Node, Axes | None]:
        """`x` at the next level's size, and no strides left for the next block."""
        return self.pool(b, x, step, recipe, "average"), None
