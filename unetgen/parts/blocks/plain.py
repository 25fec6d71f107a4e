"""The plain block: one convolution after the other."""

from __future__ import annotations

from typing import ClassVar, Literal

from unetgen.errors import Wrong
from unetgen.parts.blocks.block import Block
from unetgen.parts.convolution import unit
from unetgen.parts.recipe import Stage
from unetgen.parts.values import Counts, Dilations, counted, is_nested, row_at
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops.base import Axes


class PlainBlock(Block):
    """Convolutions one after the other, as in the U-Net of 2015 (arXiv 1505.04597)."""

    fixed_widths: ClassVar[int | None] = None

    kind: Literal["plain"] = "plain"
    convs: Counts = None
    """Convolutions per block, or one number per level; null: as many as `conv_widths` has."""
    dilation: Dilations = 1
    """Dilation of the convolutions (arXiv 1511.07122): a number, one per convolution, or a list of such
    lists, one per level."""

    @property
    def widths(self) -> int | tuple[int, ...] | None:
        return self.convs

    @property
    def lists(self) -> dict[str, object]:
        return {**super().lists, "dilation": self.dilation if is_nested(self.dilation) else None}

    def body(self, b: Builder, x: Node, stage: Stage, strides: Axes | None) -> Node:
        """The convolutions on `x`; the first takes the strides."""
        dilations = self._dilations(stage)
        for index, filters in enumerate(stage.filters):
            with b.scope(f"conv{index + 1}"):
                taken = strides if index == 0 else None
                x = unit(b, x, filters, stage.conv, strides=taken, dilation=dilations[index])
        return self.excite(b, x, stage.conv)

    def _dilations(self, stage: Stage) -> tuple[int, ...]:
        convs = len(stage.filters)
        row = row_at(self.dilation, stage.level)
        if not isinstance(row, tuple):
            return (row,) * convs
        if len(row) != convs:
            given, wanted = counted(len(row), "dilation"), counted(convs, "convolution")
            where = (stage.level,) if is_nested(self.dilation) else ()
            message = f"has {given} for a block of {wanted}"
            raise Wrong.of(message, got=list(row), path=("block", "dilation", *where))
        return row
