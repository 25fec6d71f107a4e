"""The MultiRes block: convolutions one after the other, whose outputs are joined."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from unetgen.parts.blocks.block import Block
from unetgen.parts.blocks.joining import add, require_padding
from unetgen.parts.convolution import convolve, surround, unit
from unetgen.parts.recipe import Stage
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Concat
from unetgen.plan.ops.base import Axes

SHARES = (0.167, 0.333, 0.5)
"""Of the width, for each of the convolutions."""


class MultiResBlock(Block):
    """MultiResUNet's block (Ibtehaz and Rahman 2020, arXiv 1902.04049).

    Three convolutions follow each other, of 0.167, 0.333 and 0.5 of `alpha` times the level's filters,
    rounded down; their outputs are concatenated and normalized. A 1x1 convolution of the block's input, with
    a norm, is added, and the config's norm and activation stand behind the sum. So the block gives about
    `alpha` times as many channels as the level has filters: 51 for 32.
    """

    kind: Literal["multires"] = "multires"
    alpha: float = Field(1.67, gt=0, le=64)
    """Multiplies the level's filters."""

    def body(self, b: Builder, x: Node, stage: Stage, strides: Axes | None) -> Node:
        """The convolutions on `x`, the first of which takes the strides, and the sum."""
        conv, entry = stage.conv, x
        require_padding(conv, self.kind, "it joins what convolutions give one after the other")
        outputs = []
        for index, share in enumerate(SHARES, start=1):
            with b.piece("conv", index):
                width = max(int(stage.filters[-1] * self.alpha * share), 1)
                x = unit(b, x, width, conv, strides=strides if index == 1 else None)
            outputs.append(x)
        with b.piece("scales"):
            x = surround(b, b.add(Concat(), *outputs), ("norm",), conv)
        x = self.excite(b, x, conv)
        with b.piece("shortcut"):
            ones = (1,) * x.spec.dims
            shortcut = convolve(b, entry, x.spec.channels, conv, kernel=ones, strides=strides)
            shortcut = surround(b, shortcut, ("norm",), conv)
        with b.piece("add"):
            return add(b, x, [shortcut], ("norm", "activation"), conv)
