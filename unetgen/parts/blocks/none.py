"""A level without a block."""

from __future__ import annotations

from typing import ClassVar, Literal

from unetgen.errors import Wrong
from unetgen.parts.blocks.block import LevelPart
from unetgen.parts.convolution import is_strided
from unetgen.parts.recipe import Stage
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops.base import Axes


class NoBlock(LevelPart):
    """No block: the level passes on what reaches it, with the channels that this has.

    In the decoder that leaves the up-sampling and the skip, as in fully convolutional networks (Long et al.
    2015, arXiv 1411.4038). The level's filters still count for a `down` with `filters: next`, and for a
    decoder that mirrors the level.
    """

    fixed_widths: ClassVar[int | None] = None

    kind: Literal["none"] = "none"

    def lower(self, b: Builder, x: Node, stage: Stage, strides: Axes | None) -> Node:
        """`x` itself; raises `Wrong` where there are strides to take."""
        if is_strided(strides):
            raise Wrong.of(
                "gives the strides to the block, and this level has none",
                got=True,
                hint="use a `down` with a layer of its own here, or a block",
                path=("down", "into_block"),
            )
        return x
