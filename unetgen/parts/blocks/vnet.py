"""V-Net's block: convolutions, and the block's own input added to them."""

from __future__ import annotations

from typing import ClassVar, Literal

from unetgen.parts.blocks.shortcut import ShortcutBlock
from unetgen.parts.convolution import is_strided
from unetgen.parts.recipe import Stage
from unetgen.parts.values import Counts
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Concat
from unetgen.plan.ops.base import Axes


class VNetBlock(ShortcutBlock):
    """Convolutions to which the block's input is added as it is (Milletari et al. 2016, arXiv 1606.04797).

    An input of fewer channels is tiled, as in the authors' network, whose last activation stands after the
    addition only. A 1x1 convolution projects what cannot be tiled. V-Net itself needs none: it down-samples
    by separate convolutions, and its decoder's blocks are as wide as their input.
    """

    fixed_widths: ClassVar[int | None] = None

    kind: Literal["vnet"] = "vnet"
    convs: Counts = None
    """How many convolutions a block has: a number, or one per level; null: as many as `conv_widths` has."""

    @property
    def widths(self) -> int | tuple[int, ...] | None:
        return self.convs

    def shortcut(self, b: Builder, x: Node, features: Node, stage: Stage, strides: Axes | None) -> Node:
        """`x`, its channels repeated as often as they fit into the block's."""
        times, rest = divmod(stage.filters[-1], x.spec.channels)
        if self.projects_equals(stage) or is_strided(strides) or rest or times < 2:
            return super().shortcut(b, x, features, stage, strides)
        return b.add(Concat(), *[x] * times)
