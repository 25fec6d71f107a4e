"""Down-sampling by a strided convolution, of its own or the next block's first."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator

from unetgen.errors import Wrong
from unetgen.parts.convolution import convolve, surround
from unetgen.parts.downs.down import Down, require_whole
from unetgen.parts.recipe import Element, Recipe, Stage, Step
from unetgen.parts.values import PerAxis, per_axis, whole
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops.base import Axes


def _filters(value: object) -> object:
    if isinstance(value, int):
        return whole(value)
    if value not in ("keep", "next"):
        raise Wrong.of("must be keep, next or a positive whole number", got=value)
    return value


class StridedConv(Down):
    """A convolution with a stride: V-Net's (2x2x2, arXiv 1606.04797), or merged into the next block."""

    kind: Literal["strided_conv"] = "strided_conv"
    into_block: bool = False
    """Give the stride to the next block's first convolution, as nnU-Net does, instead of a layer more."""
    kernel: PerAxis = None
    """Of the layer of its own: a number or one per axis; null: the same as `size`."""
    filters: Annotated[Literal["keep", "next"] | int, BeforeValidator(_filters)] = "keep"
    """Of the layer of its own: its input's, those of the next block's first convolution, or a number."""
    norm: bool = True
    """Normalize after it, with the config's `norm`."""
    activation: bool = True
    """Apply the config's `activation` after it."""

    def lower(
        self, b: Builder, x: Node, step: Step, stage: Stage, recipe: Recipe
    ) -> tuple[Node, Axes | None]:
        """`x` at the next level's size, or `x` itself and the strides for the next block."""
        kernel = stage.conv.kernel if self.into_block else self._kernel(step.strides)
        taken = kernel if step.conv.padding == "valid" else step.strides
        require_whole(b, x, taken, step.strides, recipe.fit)
        if self.into_block:
            return x, step.strides
        filters = {"keep": x.spec.channels, "next": stage.filters[0]}.get(str(self.filters), self.filters)
        wanted: dict[Element, bool] = {"norm": self.norm, "activation": self.activation}
        x = convolve(b, x, int(filters), step.conv, kernel=kernel, strides=step.strides)
        elements = tuple(element for element in step.conv.order if wanted.get(element))
        return surround(b, x, elements, step.conv), None

    def _kernel(self, strides: Axes) -> Axes:
        return strides if self.kernel is None else per_axis(self.kernel, len(strides))
