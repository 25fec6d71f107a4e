"""MedNeXt's way down: a block whose depthwise convolution takes the strides."""

from __future__ import annotations

from typing import Literal

from unetgen.parts.activation import FAMILY, ActivationChoice, ActivationField
from unetgen.parts.blocks.joining import add, require_padding
from unetgen.parts.convolution import convolve, surround
from unetgen.parts.downs.down import Down, DownFilters, filters_of, require_whole
from unetgen.parts.fitting import centre_crop
from unetgen.parts.inverted_bottleneck import own_convolution, widened
from unetgen.parts.norms import NormField
from unetgen.parts.recipe import Recipe, Stage, Step
from unetgen.parts.values import Expansions, PerAxis, at_level, per_axis
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops.base import Axes


class MedNeXtDown(Down):
    """MedNeXt's down-sampling block (Roy et al. 2023, arXiv 2303.09975, figure 1).

    A strided depthwise convolution, a norm, a 1x1 convolution to `expansion` times the channels, an
    activation, a 1x1 convolution to the next level's channels, and the sum with a strided 1x1 convolution of
    the input. `order` does not matter.
    """

    kind: Literal["mednext"] = "mednext"
    filters: DownFilters = "next"
    """Sets its channels: its input's (`keep`), those of the next block's first convolution (`next`), or a
    number."""
    kernel: PerAxis = None
    """Sets the kernel of the depthwise convolution: a number or one per axis; null: the config's `kernel`."""
    expansion: Expansions = 4
    """Multiplies the channels between the two 1x1 convolutions: a number, or one per step. The authors' way
    to a level has that level's number, MONAI's the number of the level it comes from."""
    norm: NormField | None = None
    """Sets the norm after the depthwise convolution; null: the config's `norm`."""
    activation: ActivationField | None = ActivationChoice.parse(FAMILY, "gelu")
    """Sets the activation between the two 1x1 convolutions; null: the config's `activation`."""

    @property
    def own_kernel(self) -> PerAxis:
        return self.kernel

    def lower(
        self, b: Builder, x: Node, step: Step, stage: Stage, recipe: Recipe
    ) -> tuple[Node, Axes | None]:
        """`x` at the next level's size, and no strides left for the next block."""
        require_padding(step.conv, self.kind, "it adds a strided copy of its input")
        require_whole(b, x, step.strides, step.strides, recipe.fit)
        conv, dims, channels = (
            own_convolution(step.conv, self.norm, self.activation),
            x.spec.dims,
            x.spec.channels,
        )
        filters, strides = filters_of(self.filters, x, stage), step.strides
        kernel = step.conv.kernel if self.kernel is None else per_axis(self.kernel, dims)
        with b.piece("depthwise"):
            y = convolve(b, x, channels, conv, kernel=kernel, strides=strides, groups=channels)
            y = surround(b, y, ("norm",), conv)
        y = widened(b, y, filters, at_level(self.expansion, step.level), conv)
        with b.piece("shortcut"):
            x = convolve(b, x, filters, conv, kernel=(1,) * dims, strides=strides)
            x = centre_crop(b, x, [y])
        with b.piece("add"):
            return add(b, y, [x], (), conv), None
