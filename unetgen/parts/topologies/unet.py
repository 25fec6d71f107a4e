"""The U: down, across, up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from unetgen.parts.recipe import Features, Recipe
from unetgen.parts.topologies.topology import Topology
from unetgen.parts.topologies.walk import decode, encode, enter, lower_heads
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node


class UNet(Topology):
    """One encoder, one decoder, one skip a level (arXiv 1505.04597)."""

    kind: Literal["unet"] = "unet"

    takes_tasks: ClassVar[bool] = True
    takes_encoder: ClassVar[bool] = True

    def lower(self, b: Builder, recipe: Recipe) -> tuple[Node, ...]:
        """The whole network; its outputs, the full-resolution one first."""
        levels = encode(b, enter(b, recipe, self.strides(recipe)), recipe, (None, *recipe.steps))
        return lower_heads(b, recipe, lambda: self._rows(b, levels, recipe))

    def _rows(self, b: Builder, levels: Sequence[Node], recipe: Recipe) -> list[Features]:
        """The decoder's levels, the finest first, and the bottom."""
        *skips, x = levels
        rows = [Features(x, level=len(skips))]
        for stage in reversed(recipe.decoder):
            with b.level("decoder", stage.level):
                x = decode(b, x, [skips[stage.level]], stage, recipe)
            rows.insert(0, Features(x, level=stage.level or None))
        return rows
