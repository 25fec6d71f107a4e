"""Up-sampling by a sub-pixel convolution."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Literal

from unetgen.parts.around import OwnActivation, OwnNorm, finish
from unetgen.parts.convolution import convolve
from unetgen.parts.recipe import Convolution, Step
from unetgen.parts.ups.up import FilterPolicy, Up, UpConvField, filters_by, with_conv
from unetgen.parts.values import PerAxis, per_axis
from unetgen.plan.builder import Builder
from unetgen.plan.call import Call
from unetgen.plan.graph import Node
from unetgen.plan.ops import PixelShuffle


class PixelShuffleUp(Up):
    """A convolution on the small tensor, its channels laid out in space (Shi 2016, arXiv 1609.05158)."""

    kind: Literal["pixel_shuffle"] = "pixel_shuffle"
    filters: FilterPolicy = "skip"
    """Sets its channels: `keep`, `half`, as the `skip`, or a number, or a list of these, one per step."""
    kernel: PerAxis = 1
    """Sets the kernel of the convolution before the shuffle: a number or one per axis; null: 1."""
    icnr: bool = False
    """Starts as nearest up-sampling: the kernels of one block's positions begin equal (arXiv 1707.02937)."""
    use_bias: bool | None = None
    """Gives it a bias; null: as the config's `use_bias` says."""
    norm: OwnNorm = False
    """Adds none (false), the config's `norm` after it (true), or one of its own."""
    activation: OwnActivation = False
    """Adds none (false), the config's `activation` after it (true), or one of its own."""
    conv: UpConvField = None
    """Adds a convolution after or before it: null, a kernel, or {kernel, norm, activation, use_bias,
    place}."""

    @property
    def own_kernel(self) -> PerAxis:
        return self.kernel

    def lower(self, b: Builder, x: Node, skip: Node, step: Step) -> Node:
        """`x` at the size of the finer level."""
        filters = filters_by(self.filters, x, skip, step)
        return with_conv(b, x, self.conv, filters, step, lambda x: self._shuffled(b, x, filters, step))

    def _shuffled(self, b: Builder, x: Node, filters: int, step: Step) -> Node:
        places = math.prod(step.strides)
        with b.piece("expand"):
            kernel = per_axis(self.kernel or 1, x.spec.dims)
            conv = self._starting(step.conv, places)
            x = convolve(b, x, filters * places, conv, kernel=kernel, use_bias=self.use_bias)
        x = b.add(PixelShuffle(step.strides), x)
        return finish(b, x, step.conv, ("up",), norm=self.norm, activation=self.activation)

    def _starting(self, conv: Convolution, places: int) -> Convolution:
        """`conv` with the initial kernel that `icnr` asks for, made of the config's initializer."""
        if not self.icnr or places == 1:
            return conv
        arguments = {"initializer": conv.kernel_initializer, "places": places}
        return replace(conv, kernel_initializer=Call("unetgen.layers.Icnr", arguments))
