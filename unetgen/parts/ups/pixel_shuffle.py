"""Up-sampling by a sub-pixel convolution."""

from __future__ import annotations

import math
from typing import Literal

from unetgen.parts.convolution import convolve
from unetgen.parts.part import Part
from unetgen.parts.recipe import Step
from unetgen.parts.ups.up import FilterPolicy, UpConvField, filters_by, finish
from unetgen.parts.values import PerAxis, per_axis
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import PixelShuffle


class PixelShuffleUp(Part):
    """A convolution on the small tensor, its channels laid out in space (Shi 2016, arXiv 1609.05158)."""

    kind: Literal["pixel_shuffle"] = "pixel_shuffle"
    filters: FilterPolicy = "skip"
    """Channels after it: `keep`, `half`, as the `skip`, or a number."""
    kernel: PerAxis = 1
    """Kernel of the convolution before the shuffle: a number or one per axis; null: 1."""
    norm: bool = False
    """Normalize after it, with the config's `norm`."""
    activation: bool = False
    """Apply the config's `activation` after it."""
    conv: UpConvField = None
    """A convolution after it: null, a kernel, or {kernel, norm, activation}."""

    def lower(self, b: Builder, x: Node, skip: Node, step: Step) -> Node:
        """`x` at the size of the finer level."""
        filters = filters_by(self.filters, x, skip)
        with b.scope("expand"):
            kernel = per_axis(self.kernel or 1, x.spec.dims)
            x = convolve(b, x, filters * math.prod(step.strides), step.conv, kernel=kernel)
        x = b.add(PixelShuffle(step.strides), x)
        x = finish(b, x, step, norm=self.norm, activation=self.activation)
        return x if self.conv is None else self.conv.lower(b, x, filters, step)
