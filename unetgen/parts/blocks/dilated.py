"""The dilated block: parallel residual branches, each with a dilation of its own."""

from __future__ import annotations

from typing import Literal

from unetgen.parts.blocks.block import Block
from unetgen.parts.blocks.joining import Ends, add, ends, require_padding
from unetgen.parts.convolution import convolve, enter, is_strided, surround, unit
from unetgen.parts.grouping import Group, Groups
from unetgen.parts.recipe import Stage
from unetgen.parts.values import PerConv, at_level, is_nested, row_at
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops.base import Axes


class DilatedBlock(Block):
    """Parallel branches of two convolutions, added to the input (ResUNet-a, arXiv 1904.00592, figure 1b).

    In the paper each branch is pre-activated: `order: [norm, activation, conv]`. Where channels or size
    change a bare convolution does that first: 1x1, or as large as the strides.
    """

    kind: Literal["dilated"] = "dilated"
    dilations: PerConv = (1, 3, 15, 31)
    """Sets the branches' dilations: a number, a list, or a list of lists, one per level."""
    groups: Groups = 1
    """Splits the channels of each convolution into groups that do not see each other: a number, `depthwise`
    for one group a channel, or a list of these, one per level."""

    @property
    def lists(self) -> dict[str, object]:
        dilations = self.dilations if is_nested(self.dilations) else None
        return {**super().lists, "dilations": dilations, "groups": self.groups}

    def body(self, b: Builder, x: Node, stage: Stage, strides: Axes | None) -> Node:
        """The branches on `x` and their sum with it."""
        require_padding(stage.conv, self.kind, "its branches would differ in size")
        if is_strided(strides) or x.spec.channels != stage.filters[-1]:
            with b.piece("enter"):
                x = enter(b, x, stage.filters[-1], stage.conv, strides)
        row = row_at(self.dilations, stage.level)
        end = ends(stage.conv)
        branches: list[Node] = []
        for index, dilation in enumerate(row if isinstance(row, tuple) else (row,)):
            with b.piece("branch", index + 1):
                branch = self._branch(b, x, stage, dilation, end)
                branches.append(self.excite(b, branch, stage.conv))
        with b.piece("add"):
            return add(b, x, branches, end.added, stage.conv)

    def _branch(self, b: Builder, x: Node, stage: Stage, dilation: int, end: Ends) -> Node:
        filters, conv = stage.filters[-1], stage.conv
        groups: Group = at_level(self.groups, stage.level)
        with b.piece("conv", 1):
            x = unit(b, x, filters, conv, dilation=dilation, groups=groups)
        with b.piece("conv", 2):
            x = surround(b, x, end.before, conv)
            x = convolve(b, x, filters, conv, dilation=dilation, groups=groups)
            return surround(b, x, end.after, conv)
