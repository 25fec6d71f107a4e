"""The U: down, across, up."""

from __future__ import annotations

from typing import Literal

from unetgen.parts.fitting import pad_evenly
from unetgen.parts.part import Part
from unetgen.parts.recipe import Recipe
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops.base import Axes


class UNet(Part):
    """One encoder, one decoder, one skip a level (arXiv 1505.04597)."""

    kind: Literal["unet"] = "unet"

    def lower(self, b: Builder, recipe: Recipe) -> tuple[Node, ...]:
        """The whole network; its outputs, the full-resolution one first."""
        x = b.input
        if recipe.fit == "pad_and_crop":
            x = pad_evenly(b, x, total_strides(recipe))
        skips = self._encoder(b, x, recipe)
        rows = self._decoder(b, skips, recipe)
        return recipe.head.lower(b, rows, recipe)

    def _encoder(self, b: Builder, x: Node, recipe: Recipe) -> list[Node]:
        skips: list[Node] = []
        for stage in recipe.encoder:
            strides: Axes | None = None
            with b.scope(f"encoder/level{stage.level}"):
                if stage.level > 0:
                    with b.scope("down"):
                        x, strides = recipe.down.lower(b, x, recipe.steps[stage.level - 1], stage, recipe)
                elif recipe.stem is not None:
                    x = recipe.stem.lower(b, x, stage)
                x = stage.block.lower(b, x, stage, strides)
                if stage is recipe.encoder[-1]:
                    with b.scope("bottleneck"):
                        x = recipe.bottleneck.lower(b, x, stage)
            skips.append(x)
        return skips

    def _decoder(self, b: Builder, skips: list[Node], recipe: Recipe) -> list[Node]:
        rows: dict[int, Node] = {}
        x = skips[-1]
        for stage in reversed(recipe.decoder):
            below, skip = x, skips[stage.level]
            with b.scope(f"decoder/level{stage.level}"):
                with b.scope("up"):
                    x = recipe.up.lower(b, x, skip, recipe.steps[stage.level])
                with b.scope("skip"):
                    x = recipe.skip.lower(b, x, [skip], below, stage, recipe)
                x = stage.block.lower(b, x, stage, None)
            rows[stage.level] = x
        return [rows[level] for level in sorted(rows)] if rows else [x]


def total_strides(recipe: Recipe) -> Axes:
    """The product of the steps' factors per axis."""
    total = [1] * recipe.dims
    for step in recipe.steps:
        total = [t * s for t, s in zip(total, step.strides, strict=True)]
    return tuple(total)
