"""Down-sampling that loses nothing: space into channels."""

from __future__ import annotations

from typing import Literal

from unetgen.parts.around import OwnActivation, OwnNorm, finish
from unetgen.parts.convolution import convolve
from unetgen.parts.downs.down import Down, DownFilters, filters_of, require_whole
from unetgen.parts.fitting import crop_to_multiple
from unetgen.parts.recipe import Recipe, Stage, Step
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import PixelUnshuffle
from unetgen.plan.ops.base import Axes


class SpaceToDepth(Down):
    """Each block of positions becomes channels, and a 1x1 convolution mixes them.

    The inverse of the sub-pixel up-sampling (Shi 2016, arXiv 1609.05158), in place of strides and pooling
    (Sunkara 2022, arXiv 2208.03641).
    """

    kind: Literal["space_to_depth"] = "space_to_depth"
    filters: DownFilters = "keep"
    """Sets the channels of the convolution: its input's (`keep`), those of the next block's first convolution
    (`next`), or a number."""
    norm: OwnNorm = True
    """Adds the config's `norm` after it (true), none (false), or one of its own."""
    activation: OwnActivation = True
    """Adds the config's `activation` after it (true), none (false), or one of its own."""

    def lower(
        self, b: Builder, x: Node, step: Step, stage: Stage, recipe: Recipe
    ) -> tuple[Node, Axes | None]:
        """`x` at the next level's size, and no strides left for the next block."""
        filters = filters_of(self.filters, x, stage)
        require_whole(b, x, step.strides, step.strides, recipe.fit)
        x = crop_to_multiple(b, x, step.strides)  # as pooling drops what is left over
        x = b.add(PixelUnshuffle(step.strides), x, name="rearrange")
        x = convolve(b, x, filters, step.conv, kernel=(1,) * x.spec.dims)
        return finish(b, x, step.conv, ("down",), norm=self.norm, activation=self.activation), None
