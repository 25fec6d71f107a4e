"""ConvNeXt's block: a large depthwise convolution, and two pointwise ones."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from unetgen.parts.activation import FAMILY, ActivationChoice, ActivationField
from unetgen.parts.blocks.block import Block
from unetgen.parts.blocks.joining import add
from unetgen.parts.convolution import convolve, enter, is_strided, surround
from unetgen.parts.fitting import centre_crop
from unetgen.parts.inverted_bottleneck import own_convolution, widened
from unetgen.parts.norms import NormField
from unetgen.parts.norms.layer import LayerNorm
from unetgen.parts.recipe import Convolution, Stage
from unetgen.parts.values import Expansions, PerAxis, at_level, per_axis
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Scale
from unetgen.plan.ops.base import Axes


class ConvNeXtBlock(Block):
    """ConvNeXt's block (Liu et al. 2022, arXiv 2201.03545, figure 4).

    A depthwise convolution, a norm, a 1x1 convolution to `expansion` times the channels, an activation, a
    1x1 convolution back, a learned scale, and the sum with the input; `order` does not matter. Where
    channels or size change a bare convolution does that first: 1x1, or as large as the strides.
    """

    kind: Literal["convnext"] = "convnext"
    kernel: PerAxis = 7
    """Sets the kernel of the depthwise convolution: a number or one per axis; null: the config's `kernel`."""
    expansion: Expansions = 4
    """Multiplies the channels between the two 1x1 convolutions: a number, or one per level."""
    norm: NormField | None = LayerNorm.model_construct(epsilon=1e-6)
    """Sets the norm after the depthwise convolution; null: the config's `norm`."""
    activation: ActivationField | None = ActivationChoice.parse(FAMILY, "gelu")
    """Sets the activation between the two 1x1 convolutions; null: the config's `activation`."""
    layer_scale: float | None = Field(1e-6, gt=0, le=1)
    """Sets the initial value of each channel's learned scale; null: no scale."""

    @property
    def own_kernel(self) -> PerAxis:
        return self.kernel

    @property
    def lists(self) -> dict[str, object]:
        return {**super().lists, "expansion": self.expansion}

    def body(self, b: Builder, x: Node, stage: Stage, strides: Axes | None) -> Node:
        """The convolutions on `x`, and their sum with it."""
        filters, conv = stage.filters[-1], own_convolution(stage.conv, self.norm, self.activation)
        if is_strided(strides) or x.spec.channels != filters:
            with b.piece("enter"):
                x = enter(b, x, filters, conv, strides)
        branch = self.excite(b, self._branch(b, x, conv, stage.level), conv)
        if self.layer_scale is not None:
            with b.piece("scale"):
                branch = b.add(Scale(self.layer_scale), branch)
        with b.piece("shortcut"):
            x = centre_crop(b, x, [branch])
        with b.piece("add"):
            return add(b, branch, [x], (), conv)

    def _branch(self, b: Builder, x: Node, conv: Convolution, level: int) -> Node:
        filters = x.spec.channels
        kernel = conv.kernel if self.kernel is None else per_axis(self.kernel, x.spec.dims)
        with b.piece("depthwise"):
            x = convolve(b, x, filters, conv, kernel=kernel, groups=filters)
            x = surround(b, x, ("norm",), conv)
        x = widened(b, x, filters, at_level(self.expansion, level), conv)
        with b.piece("reduce"):
            return surround(b, x, ("dropout",) if "dropout" in conv.order else (), conv)
