"""The depthwise separable block: each convolution as one over space and one over channels."""

from __future__ import annotations

from typing import ClassVar, Literal

from unetgen.parts.blocks.block import Block
from unetgen.parts.convolution import before_and_after, convolve, surround, unit
from unetgen.parts.recipe import Stage
from unetgen.parts.values import Counts
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops.base import Axes


class DepthwiseSeparableBlock(Block):
    """Pairs of a depthwise convolution and a 1x1 one in place of convolutions (MobileNet, arXiv 1704.04861).

    They need k**n * c + c * f weights in place of k**n * c * f.
    """

    fixed_widths: ClassVar[int | None] = None

    kind: Literal["depthwise_separable"] = "depthwise_separable"
    convs: Counts = None
    """How many convolutions a block has: a number, or one per level; null: as many as `conv_widths` has."""
    norm_between: bool = True
    """Puts norm, activation and dropout also between the two convolutions, as in MobileNet. False: only
    around the pair, as in Xception (arXiv 1610.02357); the depthwise one then has no bias."""

    @property
    def widths(self) -> int | tuple[int, ...] | None:
        return self.convs

    def body(self, b: Builder, x: Node, stage: Stage, strides: Axes | None) -> Node:
        """The pairs on `x`; the first depthwise convolution takes the strides."""
        for index, filters in enumerate(stage.filters):
            with b.piece("conv", index + 1):
                x = self._pair(b, x, filters, stage, strides if index == 0 else None)
        return self.excite(b, x, stage.conv)

    def _pair(self, b: Builder, x: Node, filters: int, stage: Stage, strides: Axes | None) -> Node:
        conv, ones = stage.conv, (1,) * x.spec.dims
        before, after = before_and_after(conv.order)
        with b.piece("depthwise"):
            x = surround(b, x, before, conv)
            bias = None if self.norm_between else False
            channels = x.spec.channels  # what stands before it may change them
            x = convolve(b, x, channels, conv, strides=strides, groups=channels, use_bias=bias)
            x = surround(b, x, after if self.norm_between else (), conv)
        with b.piece("pointwise"):
            if self.norm_between:
                return unit(b, x, filters, conv, kernel=ones)
            return surround(b, convolve(b, x, filters, conv, kernel=ones), after, conv)
