"""Down-sampling by a strided convolution, of its own or the next block's first."""

from __future__ import annotations

from typing import Literal

from unetgen.parts.around import OwnActivation, OwnNorm, finish
from unetgen.parts.convolution import convolve
from unetgen.parts.downs.down import Down, DownFilters, filters_of, require_whole
from unetgen.parts.recipe import Recipe, Stage, Step
from unetgen.parts.values import PerAxis, per_axis
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops.base import Axes


class StridedConv(Down):
    """A convolution with a stride: a layer, as in V-Net (2x2x2, arXiv 1606.04797), or the next block's
    first."""

    kind: Literal["strided_conv"] = "strided_conv"
    into_block: bool = False
    """Gives the stride to the next block's first convolution, as nnU-Net does, instead of adding a layer."""
    kernel: PerAxis = None
    """Sets the kernel of the added layer: a number or one per axis; null: the same as `size`."""
    filters: DownFilters = "keep"
    """Sets the channels of the added layer: its input's (`keep`), those of the next block's first convolution
    (`next`), or a number."""
    norm: OwnNorm = True
    """Adds the config's `norm` after it (true), none (false), or one of its own."""
    activation: OwnActivation = True
    """Adds the config's `activation` after it (true), none (false), or one of its own."""

    @property
    def own_kernel(self) -> PerAxis:
        return self.kernel

    def lower(
        self, b: Builder, x: Node, step: Step, stage: Stage, recipe: Recipe
    ) -> tuple[Node, Axes | None]:
        """`x` at the next level's size, or `x` itself and the strides for the next block."""
        kernel = stage.conv.kernel if self.into_block else self._kernel(step.strides)
        taken = kernel if step.conv.padding == "valid" else step.strides
        require_whole(b, x, taken, step.strides, recipe.fit)
        if self.into_block:
            return x, step.strides
        filters = filters_of(self.filters, x, stage)
        x = convolve(b, x, filters, step.conv, kernel=kernel, strides=step.strides)
        return finish(b, x, step.conv, ("down",), norm=self.norm, activation=self.activation), None

    def _kernel(self, strides: Axes) -> Axes:
        return strides if self.kernel is None else per_axis(self.kernel, len(strides))
