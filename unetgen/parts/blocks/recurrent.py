"""The recurrent block: convolutions that run several times with the same weights."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from unetgen.parts.blocks.block import Block
from unetgen.parts.blocks.joining import add, require_padding
from unetgen.parts.convolution import enter, unit
from unetgen.parts.grouping import Group, Groups
from unetgen.parts.recipe import Stage
from unetgen.parts.values import at_level
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops.base import Axes
from unetgen.plan.place import Piece


class RecurrentBlock(Block):
    """Recurrent convolutions, with a shortcut around them (R2U-Net, Alom et al. 2018, arXiv 1802.06955).

    A bare 1x1 convolution gives the level's width; where it has strides its kernel is as large as they are.
    Then each unit convolves its input u once, y = f(u), and `steps` times more, y = f(u + y), always with
    the same weights, those of the norm included. The output of the 1x1 convolution is added at the end.
    """

    kind: Literal["recurrent"] = "recurrent"
    units: int = Field(2, ge=1, le=16)
    """How many recurrent convolutions stand one after the other, each with its own weights."""
    steps: int = Field(2, ge=1, le=16)
    """How many times each one runs again on the sum of its input and its output (t in the paper)."""
    residual: bool = True
    """Adds the output of the 1x1 convolution; false: the paper's RU-Net."""
    groups: Groups = 1
    """Splits the channels of each recurrent convolution into groups that do not see each other: a number,
    `depthwise` for one group a channel, or a list of these, one per level."""

    @property
    def lists(self) -> dict[str, object]:
        return {**super().lists, "groups": self.groups}

    def body(self, b: Builder, x: Node, stage: Stage, strides: Axes | None) -> Node:
        """The 1x1 convolution on `x`, which takes the strides, and the recurrent ones."""
        require_padding(stage.conv, self.kind, "it adds the input of a convolution to its output")
        with b.piece("project"):
            projected = x = enter(b, x, stage.filters[-1], stage.conv, strides)
        for index in range(self.units):
            with b.piece("unit", index + 1):
                x = self._unit(b, x, stage)
        x = self.excite(b, x, stage.conv)
        if not self.residual:
            return x
        with b.piece("add"):
            return add(b, x, [projected], (), stage.conv)

    def _unit(self, b: Builder, x: Node, stage: Stage) -> Node:
        filters = x.spec.channels
        groups: Group = at_level(self.groups, stage.level)
        with b.piece("step", 1):
            y = unit(b, x, filters, stage.conv, groups=groups)
        for step in range(2, self.steps + 2):
            with b.piece("add", step):
                y = add(b, x, [y], (), stage.conv)
            with b.piece("step", step, weights_of=Piece("step", 1)):
                y = unit(b, y, filters, stage.conv, groups=groups)
        return y
