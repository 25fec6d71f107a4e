"""The U with skips from several levels of the encoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field

from unetgen.parts.convolution import convolve
from unetgen.parts.recipe import Features, Recipe, Stage
from unetgen.parts.topologies.topology import Topology
from unetgen.parts.topologies.walk import carry_down, carry_up, decode, encode, enter, lower_heads
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node


class DenseSkip(Topology):
    """The cross connections of MDU-Net (Zhang et al. 2018, arXiv 1812.00352).

    A decoder level joins its own encoder level's output and then those of other levels, the finest first:
    finer ones by max pooling, coarser ones by `up`. The bottom, which the decoder starts from, is not a skip.
    """

    kind: Literal["dense_skip"] = "dense_skip"
    from_levels: Literal["finer", "coarser", "all"] = "all"
    """Chooses which encoder levels a decoder level joins beside its own."""
    reach: int | None = Field(None, ge=1, le=64)
    """How many levels away they are at most (1 with `all` is MDU-Net's "cross3"); null: any number."""
    projection: bool = False
    """Brings each of them to the channels of the level's own one with a 1x1 convolution, as an additive skip
    needs. False: they keep their channels."""

    takes_tasks: ClassVar[bool] = True
    needs_skips_from: ClassVar[int | None] = 0

    def lower(self, b: Builder, recipe: Recipe) -> tuple[Node, ...]:
        """The whole network; its outputs, the full-resolution one first."""
        levels = encode(b, enter(b, recipe, self.strides(recipe)), recipe, (None, *recipe.steps))
        return lower_heads(b, recipe, levels[-1], lambda: self._rows(b, levels, recipe))

    def _rows(self, b: Builder, levels: Sequence[Node], recipe: Recipe) -> list[Features]:
        """The decoder's levels, the finest first, and the bottom."""
        *encoder, x = levels
        rows = [Features(x, level=len(encoder))]
        for stage in reversed(recipe.decoder):
            skips = [encoder[stage.level], *self._others(b, encoder, stage, recipe)]
            with b.level("decoder", stage.level):
                x = decode(b, x, skips, stage, recipe)
            rows.insert(0, Features(x, level=stage.level or None))
        return rows

    def _others(self, b: Builder, encoder: Sequence[Node], stage: Stage, recipe: Recipe) -> list[Node]:
        level, others = stage.level, []
        same_level = encoder[level]
        for index, x in enumerate(encoder):
            if not self._joins(index, level):
                continue
            with b.level("decoder", level), b.part("skip"), b.piece("from_encoder", index):
                carry = carry_down if index < level else carry_up
                x = carry(b, x, index, same_level, level, recipe)
                if self.projection and x.spec.channels != same_level.spec.channels:
                    ones = (1,) * recipe.dims
                    x = convolve(b, x, same_level.spec.channels, stage.conv, kernel=ones, name="projection")
            others.append(x)
        return others

    def _joins(self, index: int, level: int) -> bool:
        wanted = {"finer": index < level, "coarser": index > level, "all": index != level}
        return wanted[self.from_levels] and abs(index - level) <= (self.reach or abs(index - level))
