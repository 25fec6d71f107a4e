"""Convolutions of the head before the one to the classes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, WithJsonSchema

from unetgen.errors import Wrong
from unetgen.parts.choice import Short
from unetgen.parts.convolution import before_and_after, convolve, surround
from unetgen.parts.part import Part
from unetgen.parts.recipe import Convolution, Element, Recipe
from unetgen.parts.values import LARGEST, PerAxis, each, nonempty, per_axis, whole
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node


def _widths(value: object) -> object:
    def width(item: object) -> object:
        if isinstance(item, str):
            if item != "classes":
                raise Wrong.of("must be a positive whole number, or `classes`", got=item)
            return item
        return whole(item)

    return each(nonempty(value), width) if isinstance(value, list | tuple) else (width(value),)


_WIDTH: dict[str, Any] = {
    "anyOf": [{"type": "integer", "minimum": 1, "maximum": LARGEST}, {"const": "classes"}]
}


Widths = Annotated[
    tuple[int | Literal["classes"], ...],
    BeforeValidator(_widths),
    WithJsonSchema({"anyOf": [*_WIDTH["anyOf"], {"type": "array", "items": _WIDTH, "minItems": 1}]}),
]
"""Positive whole numbers or `classes`, one per convolution; one alone needs no list."""


class HiddenConvs(Part):
    """Convolutions of the head before the one to the classes. A bare number, name or list sets `filters`.

    V-Net ends with one that has as many channels as there are classes (Milletari et al. 2016, arXiv
    1606.04797).
    """

    filters: Widths
    """Sets the channels of each; `classes` stands for as many as there are classes."""
    kernel: PerAxis = None
    """Sets the kernel: a number or one per axis; null: that of the decoder's first level."""
    norm: bool = True
    """Adds the decoder's `norm`."""
    activation: bool = True
    """Adds the decoder's `activation`."""

    def lower(self, b: Builder, x: Node, conv: Convolution, recipe: Recipe) -> Node:
        """`x` through every convolution, each with norm and activation by the decoder's `order`."""
        kernel = None if self.kernel is None else per_axis(self.kernel, recipe.dims)
        wanted: dict[Element, bool] = {"norm": self.norm, "activation": self.activation}
        before, after = (
            tuple(e for e in elements if wanted.get(e)) for elements in before_and_after(conv.order)
        )
        for index, filters in enumerate(self.filters, start=1):
            width = recipe.num_classes if filters == "classes" else filters
            with b.piece("conv", index):
                x = surround(b, x, before, conv)
                x = convolve(b, x, width, conv, kernel=kernel)
                x = surround(b, x, after, conv)
        return x


HiddenField = Annotated[HiddenConvs | None, Short("filters", (int, str, list), "how many channels")]
