"""The residual block: convolutions, and a shortcut added to them."""

from __future__ import annotations

from typing import Literal

from unetgen.parts.convolution import before_and_after, convolve, end_dropout, surround, unit
from unetgen.parts.fitting import centre_crop
from unetgen.parts.part import Part
from unetgen.parts.recipe import Stage
from unetgen.parts.values import Counts
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Add
from unetgen.plan.ops.base import Axes


class ResidualBlock(Part):
    """A shortcut around the block's convolutions (He et al. 2016, arXiv 1512.03385 and 1603.05027).

    With an `order` that ends in norm and activation the last activation stands after the addition
    (post-activation); with one that ends in the convolution nothing does (pre-activation).
    """

    kind: Literal["residual"] = "residual"
    convs: Counts = None
    """Convolutions per block, or one number per level; null: as many as `conv_widths` has."""
    projection: Literal["when_needed", "always"] = "when_needed"
    """A 1x1 convolution on the shortcut: where channels or size change, or in every block."""
    projection_norm: bool = True
    """Normalize the projected shortcut with the config's `norm`."""
    projection_bias: bool = False
    """A bias in the shortcut's 1x1 convolution."""

    def lower(self, b: Builder, x: Node, stage: Stage, strides: Axes | None) -> Node:
        """The block on `x`; its first convolution and the shortcut take `strides`."""
        conv, last = stage.conv, len(stage.filters)
        before, after = before_and_after(conv.order)
        held = tuple(after)[tuple(after).index("activation") :] if "activation" in after else ()
        shortcut = x
        for index, filters in enumerate(stage.filters[:-1]):
            with b.scope(f"conv{index + 1}"):
                x = unit(b, x, filters, conv, strides=strides if index == 0 else None)
        with b.scope(f"conv{last}"):
            x = surround(b, x, before, conv)
            x = convolve(b, x, stage.filters[-1], conv, strides=strides if last == 1 else None)
            x = surround(b, x, after[: len(after) - len(held)], conv)
        with b.scope("shortcut"):
            shortcut = self._shortcut(b, shortcut, stage, strides)
            shortcut = centre_crop(b, shortcut, x.spec.spatial)
        with b.scope("add"):
            x = b.add(Add(), x, shortcut)
            x = surround(b, x, held, conv)
        return end_dropout(b, x, conv)

    def _shortcut(self, b: Builder, x: Node, stage: Stage, strides: Axes | None) -> Node:
        strided = strides is not None and max(strides) > 1
        if self.projection == "when_needed" and not strided and x.spec.channels == stage.filters[-1]:
            return x
        ones = (1,) * x.spec.dims
        x = convolve(
            b, x, stage.filters[-1], stage.conv, kernel=ones, strides=strides, use_bias=self.projection_bias
        )
        return surround(b, x, ("norm",) if self.projection_norm else (), stage.conv)
