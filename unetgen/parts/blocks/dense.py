"""The dense block: every convolution gets all features before it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from unetgen.parts.blocks.block import Block
from unetgen.parts.convolution import enter, is_strided, unit
from unetgen.parts.fitting import centre_crop
from unetgen.parts.recipe import Stage
from unetgen.parts.values import LARGEST, LevelCounts, at_level
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Concat
from unetgen.plan.ops.base import Axes


class DenseBlock(Block):
    """Convolutions that each see all features before them (DenseNet, Huang et al. 2017, arXiv 1608.06993).

    Each adds `growth` channels to what it gets: n layers on c channels give c + n * growth. A 1x1
    convolution, the paper's transition, brings them to the level's width. Where the block has strides a bare
    convolution of that size takes them first.
    """

    kind: Literal["dense"] = "dense"
    growth: int = Field(16, ge=1, le=LARGEST)
    """How many channels each layer adds."""
    layers: LevelCounts = 4
    """How many convolutions a block has, without the transition: a number, or one per level."""

    @property
    def lists(self) -> dict[str, object]:
        return {**super().lists, "layers": self.layers}

    def body(self, b: Builder, x: Node, stage: Stage, strides: Axes | None) -> Node:
        """The layers on `x` and the transition."""
        conv = stage.conv
        if is_strided(strides):
            with b.piece("enter"):
                x = enter(b, x, x.spec.channels, conv, strides)
        for index in range(at_level(self.layers, stage.level)):
            with b.piece("conv", index + 1):
                new = unit(b, x, self.growth, conv)
            with b.piece("concat", index + 1):
                x = b.add(Concat(), centre_crop(b, x, [new]), new)
        with b.piece("transition"):
            x = unit(b, x, stage.filters[-1], conv, kernel=(1,) * x.spec.dims)
        return self.excite(b, x, conv)
