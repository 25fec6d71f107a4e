"""The bottleneck block: fewer channels in the middle, and a shortcut."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from unetgen.parts.blocks.shortcut import Layer, ShortcutBlock
from unetgen.parts.recipe import Stage
from unetgen.plan.place import Piece


class BottleneckBlock(ShortcutBlock):
    """1x1, kxk and 1x1 convolutions with a shortcut (He et al. 2016, arXiv 1512.03385, figure 5).

    The first reduces the channels, the second has the config's kernel and takes the strides, the third
    expands. Pre- or post-activation as `order` says; a level has one width, that of the third.
    """

    kind: Literal["bottleneck"] = "bottleneck"
    ratio: int = Field(4, ge=1, le=2**20)
    """Divides the filters for the first two convolutions: they have filters / ratio channels, at least
    one."""

    def layers(self, stage: Stage) -> tuple[Layer, ...]:
        """The three convolutions."""
        (filters,), ones = stage.filters, (1,) * len(stage.conv.kernel)
        inner = max(filters // self.ratio, 1)
        return (
            Layer(Piece("reduce"), inner, kernel=ones, grouped=False),
            Layer(Piece("conv"), inner, strided=True),
            Layer(Piece("expand"), filters, kernel=ones, grouped=False),
        )
