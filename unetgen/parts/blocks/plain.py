"""The plain block: one convolution after the other."""

from __future__ import annotations

from typing import Literal

from unetgen.parts.convolution import end_dropout, unit
from unetgen.parts.part import Part
from unetgen.parts.recipe import Stage
from unetgen.parts.values import Counts
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops.base import Axes


class PlainBlock(Part):
    """Convolutions one after the other, as in the U-Net of 2015 (arXiv 1505.04597)."""

    kind: Literal["plain"] = "plain"
    convs: Counts = None
    """Convolutions per block, or one number per level; null: as many as `conv_widths` has."""

    def lower(self, b: Builder, x: Node, stage: Stage, strides: Axes | None) -> Node:
        """The block on `x`; its first convolution takes `strides`."""
        for index, filters in enumerate(stage.filters):
            with b.scope(f"conv{index + 1}"):
                x = unit(b, x, filters, stage.conv, strides=strides if index == 0 else None)
        return end_dropout(b, x, stage.conv)
