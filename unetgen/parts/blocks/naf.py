"""NAFNet's block: gates by multiplication, and no activation."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from pydantic import Field

from unetgen.parts.blocks.block import Block
from unetgen.parts.blocks.joining import add, require_padding
from unetgen.parts.convolution import convolve, enter, is_strided, surround
from unetgen.parts.norms import NormField
from unetgen.parts.norms.layer import LayerNorm
from unetgen.parts.recipe import Convolution, Stage
from unetgen.parts.values import Expansions, PerAxis, at_level, per_axis
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import GlobalPool, Multiply, Scale
from unetgen.plan.ops.base import Axes

HALVES = ("value", "gate")


class NafBlock(Block):
    """NAFNet's block without nonlinear activations (Chen et al. 2022, arXiv 2204.04676, figure 3c).

    First a norm, a 1x1 convolution and a depthwise one to a value and a gate, their product, a factor for
    each channel that a 1x1 convolution makes of its mean, and a 1x1 convolution back; then a norm, a 1x1
    convolution to a value and a gate, their product, and a 1x1 convolution back. Each of the two has a
    learned scale, and is added to what it starts from. `order` and `activation` do not matter. The original
    has a value and its gate as the halves of one convolution. Where channels or size change a bare
    convolution does that first: 1x1, or as large as the strides.
    """

    kind: Literal["naf"] = "naf"
    kernel: PerAxis = 3
    """Sets the kernel of the depthwise convolutions: a number or one per axis; null: the config's
    `kernel`."""
    expansion: Expansions = 1
    """Multiplies the channels of a value and of its gate: a number, or one per level."""
    norm: NormField | None = LayerNorm.model_construct(epsilon=1e-6)
    """Sets the two norms; null: the config's `norm`."""
    layer_scale: float | None = Field(0.0, ge=0, le=1)
    """Sets the initial value of each channel's learned scales; with 0 a block starts as the identity.
    Null: no scales."""

    @property
    def own_kernel(self) -> PerAxis:
        return self.kernel

    @property
    def lists(self) -> dict[str, object]:
        return {**super().lists, "expansion": self.expansion}

    def body(self, b: Builder, x: Node, stage: Stage, strides: Axes | None) -> Node:
        """The two gated parts on `x`, each added to what it starts from."""
        conv = replace(stage.conv, norm=self.norm or stage.conv.norm)
        require_padding(conv, self.kind, "it adds its input twice")
        filters, expansion = stage.filters[-1], at_level(self.expansion, stage.level)
        if is_strided(strides) or x.spec.channels != filters:
            with b.piece("enter"):
                x = enter(b, x, filters, conv, strides)
        for number, depthwise in ((1, True), (2, False)):
            with b.piece("gated", number):
                branch = self._gated(b, x, x.spec.channels * expansion, conv, depthwise)
            if number == 2:
                branch = self.excite(b, branch, conv)
            if self.layer_scale is not None:
                with b.piece("scale", number):
                    branch = b.add(Scale(self.layer_scale), branch)
            with b.piece("add", number):
                x = add(b, branch, [x], (), conv)
        return x

    def _gated(self, b: Builder, x: Node, width: int, conv: Convolution, depthwise: bool) -> Node:
        """Norm, value times gate, each of `width` channels, and the convolution back; the `depthwise` one has
        a factor per channel."""
        filters, ones = x.spec.channels, (1,) * x.spec.dims
        x = surround(b, x, ("norm",), conv)
        halves = [self._half(b, x, width, conv, depthwise, name) for name in HALVES]
        x = b.add(Multiply(), *halves, name="product")
        if depthwise:
            mean = b.add(GlobalPool("average"), x, name="mean")
            factor = convolve(b, mean, mean.spec.channels, conv, kernel=ones, name="factor")
            x = b.add(Multiply(), x, factor, name="weighted")
        x = convolve(b, x, filters, conv, kernel=ones)
        return surround(b, x, ("dropout",) if "dropout" in conv.order else (), conv)

    def _half(self, b: Builder, x: Node, width: int, conv: Convolution, depthwise: bool, name: str) -> Node:
        dims = x.spec.dims
        half = convolve(b, x, width, conv, kernel=(1,) * dims, name=name)
        if not depthwise:
            return half
        kernel = conv.kernel if self.kernel is None else per_axis(self.kernel, dims)
        return convolve(b, half, width, conv, kernel=kernel, groups=width, name=f"{name}_depthwise")
