"""ConvNeXt's block: a large depthwise convolution, and two pointwise ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from pydantic import Field

from unetgen.parts.activation import FAMILY, ActivationChoice, ActivationField
from unetgen.parts.blocks.block import Block
from unetgen.parts.blocks.joining import add
from unetgen.parts.convolution import convolve, enter, is_strided, surround
from unetgen.parts.fitting import centre_crop
from unetgen.parts.norms import NormField
from unetgen.parts.norms.layer import LayerNorm
from unetgen.parts.recipe import Convolution, Stage
from unetgen.parts.values import PerAxis, per_axis
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
    expansion: int = Field(4, ge=1, le=2**10)
    """Multiplies the channels between the two 1x1 convolutions."""
    norm: NormField | None = LayerNorm.model_construct(epsilon=1e-6)
    """Sets the norm after the depthwise convolution; null: the config's `norm`."""
    activation: ActivationField | None = ActivationChoice.parse(FAMILY, "gelu")
    """Sets the activation between the two 1x1 convolutions; null: the config's `activation`."""
    layer_scale: float | None = Field(1e-6, gt=0, le=1)
    """Sets the initial value of each channel's learned scale; null: no scale."""

    @property
    def own_kernel(self) -> PerAxis:
        return self.kernel

    def body(self, b: Builder, x: Node, stage: Stage, strides: Axes | None) -> Node:
        """The convolutions on `x`, and their sum with it."""
        filters, conv = stage.filters[-1], self._convolution(stage.conv)
        if is_strided(strides) or x.spec.channels != filters:
            with b.piece("enter"):
                x = enter(b, x, filters, conv, strides)
        branch = self.excite(b, self._branch(b, x, conv), conv)
        if self.layer_scale is not None:
            with b.piece("scale"):
                branch = b.add(Scale(self.layer_scale), branch)
        with b.piece("shortcut"):
            x = centre_crop(b, x, [branch])
        with b.piece("add"):
            return add(b, branch, [x], (), conv)

    def _convolution(self, conv: Convolution) -> Convolution:
        norm, activation = self.norm or conv.norm, self.activation or conv.activation
        return replace(conv, norm=norm, activation=activation)

    def _branch(self, b: Builder, x: Node, conv: Convolution) -> Node:
        filters, dims = x.spec.channels, x.spec.dims
        ones, kernel = (1,) * dims, conv.kernel if self.kernel is None else per_axis(self.kernel, dims)
        with b.piece("depthwise"):
            x = convolve(b, x, filters, conv, kernel=kernel, groups=filters)
            x = surround(b, x, ("norm",), conv)
        with b.piece("expand"):
            x = convolve(b, x, filters * self.expansion, conv, kernel=ones)
            x = surround(b, x, ("activation",), conv)
        with b.piece("reduce"):
            x = convolve(b, x, filters, conv, kernel=ones)
            return surround(b, x, ("dropout",) if "dropout" in conv.order else (), conv)
