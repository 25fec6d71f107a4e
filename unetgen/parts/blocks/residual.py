"""The residual block: convolutions, and a shortcut added to them."""

from __future__ import annotations

from typing import ClassVar, Literal

from unetgen.parts.blocks.shortcut import ShortcutBlock
from unetgen.parts.values import Counts


class ResidualBlock(ShortcutBlock):
    """A shortcut around the block's convolutions (He et al. 2016, arXiv 1512.03385 and 1603.05027).

    With an `order` that ends in norm and activation the last activation stands after the addition
    (post-activation); with one that ends in the convolution nothing does (pre-activation).
    """

    fixed_widths: ClassVar[int | None] = None
    takes_inside: ClassVar[bool] = True

    kind: Literal["residual"] = "residual"
    convs: Counts = None
    """How many convolutions a block has: a number, or one per level; null: as many as `conv_widths` has."""

    @property
    def widths(self) -> int | tuple[int, ...] | None:
        return self.convs
