"""The stem: a convolution before the first level's block: `stem`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from unetgen.parts.choice import Short
from unetgen.parts.convolution import convolve, surround
from unetgen.parts.part import Part
from unetgen.parts.recipe import Element, Stage
from unetgen.parts.values import LARGEST, PerAxis, per_axis
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node


class Stem(Part):
    """A convolution before the first level's block, as residual networks have. A bare kernel sets
    `kernel`."""

    kernel: PerAxis = None
    """Sets the kernel: a number or one per axis; null: that of the first level."""
    filters: int | None = Field(None, ge=1, le=LARGEST)
    """Sets its channels; null: those of the first level's first convolution."""
    norm: bool = True
    """Adds the config's `norm` after it."""
    activation: bool = True
    """Adds the config's `activation` after it."""

    def lower(self, b: Builder, x: Node, stage: Stage) -> Node:
        """The convolution of `x`."""
        conv = stage.conv
        kernel = None if self.kernel is None else per_axis(self.kernel, x.spec.dims)
        wanted: dict[Element, bool] = {"norm": self.norm, "activation": self.activation}
        x = convolve(b, x, self.filters or stage.filters[0], conv, kernel=kernel)
        return surround(b, x, tuple(e for e in conv.order if wanted.get(e)), conv)


StemField = Annotated[Stem | None, Short("kernel", (int, list), "a kernel")]
