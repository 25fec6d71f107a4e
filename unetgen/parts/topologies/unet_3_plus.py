"""UNet 3+: every decoder level sees every scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field

from unetgen.parts.convolution import unit
from unetgen.parts.fitting import meet
from unetgen.parts.recipe import Features, Recipe, Stage
from unetgen.parts.skips.concat import ConcatSkip
from unetgen.parts.topologies.topology import Topology
from unetgen.parts.topologies.walk import carry_down, carry_up, encode, enter, lower_heads
from unetgen.parts.values import LARGEST
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Concat


class UNet3Plus(Topology):
    """Full-scale skips (Huang et al. 2020, arXiv 2004.08790).

    Each decoder level joins one tensor of every level: the encoder's of the finer levels (max pooling) and
    of its own, and the decoder's of the coarser ones (`up`; the paper's is linear), the bottom among them.
    Each comes through a convolution of its own to `cat_filters` channels, with norm and activation, before
    they are concatenated, from the encoder's finest to the bottom (`skip.order: skip_first`, as in the
    authors' code), or the decoder's before the encoder's (`up_first`). Then comes the block: where
    `decoder` says nothing else, one convolution to cat_filters * depth channels, the same at every level.
    Deep supervision stands on the coarser decoder levels and then on the bottom.
    """

    kind: Literal["unet_3_plus"] = "unet_3_plus"
    cat_filters: int | None = Field(None, ge=1, le=LARGEST)
    """How many channels each of the joined tensors is brought to; null: those of the encoder's first
    level."""

    takes_tasks: ClassVar[bool] = True
    skip_kinds: ClassVar[frozenset[str]] = frozenset({"concat"})

    def decoder_filters(self, level: int, encoder: tuple[tuple[int, ...], ...]) -> tuple[int, ...]:
        return ((self.cat_filters or encoder[0][-1]) * len(encoder),)

    def lower(self, b: Builder, recipe: Recipe) -> tuple[Node, ...]:
        """The whole network; its outputs, the full-resolution one first."""
        levels = encode(b, enter(b, recipe, self.strides(recipe)), recipe, (None, *recipe.steps))
        return lower_heads(b, recipe, levels[-1], lambda: self._rows(b, levels, recipe))

    def _rows(self, b: Builder, encoder: Sequence[Node], recipe: Recipe) -> list[Features]:
        """The decoder's levels, the finest first, and the bottom."""
        coarser = [encoder[-1]]  # the decoder's outputs, from the present level's neighbour to the bottom
        for stage in reversed(recipe.decoder):
            with b.level("decoder", stage.level):
                with b.part("skip"):
                    x = self._join(b, encoder[: stage.level + 1], coarser, stage, recipe)
                coarser.insert(0, stage.block.lower(b, x, stage, None))
        return [Features(x, level=level or None) for level, x in enumerate(coarser)]

    def _join(
        self, b: Builder, finer: Sequence[Node], coarser: Sequence[Node], stage: Stage, recipe: Recipe
    ) -> Node:
        same_level, level = finer[-1], stage.level
        width = self.cat_filters or recipe.encoder[0].filters[-1]
        units: dict[str, list[Node]] = {"encoder": [], "decoder": []}
        for index, x in enumerate((*finer, *coarser)):
            side = "encoder" if index <= level else "decoder"
            with b.piece(f"from_{side}", index):
                if index < level:
                    x = carry_down(b, x, index, same_level, level, recipe)
                elif index > level:
                    x = carry_up(b, x, index, same_level, level, recipe)
                units[side].append(unit(b, x, width, stage.conv))
        skip = recipe.steps[level].skip
        skip_first = isinstance(skip, ConcatSkip) and skip.order == "skip_first"
        sides = ("encoder", "decoder") if skip_first else ("decoder", "encoder")
        first, *rest = (x for side in sides for x in units[side])
        return b.add(Concat(), *meet(b, first, rest, recipe))
