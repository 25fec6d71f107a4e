"""What all downs share: the factor, and the check that nothing is dropped unseen."""

from __future__ import annotations

from abc import abstractmethod
from typing import Annotated, Literal

from pydantic import BeforeValidator

from unetgen.errors import Wrong
from unetgen.parts.part import Part
from unetgen.parts.recipe import Fit, Recipe, Stage, Step
from unetgen.parts.values import PerAxis, Spatial, whole
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops.base import Axes


def _filters(value: object) -> object:
    if isinstance(value, int):
        return whole(value)
    if value not in ("keep", "next"):
        raise Wrong.of("must be keep, next or a positive whole number", got=value)
    return value


DownFilters = Annotated[Literal["keep", "next"] | int, BeforeValidator(_filters)]
"""Channels of a down's convolution: its input's, those of the next block's first convolution, or a number."""


def filters_of(filters: str | int, x: Node, stage: Stage) -> int:
    """The channels that a down's `filters` asks for, of `x` on its way to `stage`."""
    if isinstance(filters, int):
        return filters
    return x.spec.channels if filters == "keep" else stage.filters[0]


class Down(Part):
    """The base of the downs."""

    size: Spatial = 2
    """Sets the factor: a number, one per axis, or one such list per step from a level to the next."""

    @property
    def own_kernel(self) -> PerAxis:
        """The kernel that this kind has of its own, as a config says it; None where it has none."""
        return None

    @abstractmethod
    def lower(
        self, b: Builder, x: Node, step: Step, stage: Stage, recipe: Recipe
    ) -> tuple[Node, Axes | None]:
        """`x` at the next level's size, and the strides that the next block still has to take."""


def require_whole(b: Builder, x: Node, taken: Axes, strides: Axes, fit: Fit) -> None:
    """Note every axis on which a down would drop positions, unless the `resize` policy handles them.

    `taken` is how many positions the first window takes: what is left of it must divide by the stride.
    """
    if fit in ("resize_to_skip", "pad_to_skip", "centre_crop"):
        return
    for axis, (first, stride) in enumerate(zip(taken, strides, strict=True)):
        for trial, size in b.sizes(x, axis).items():
            if (size - first) % stride:
                b.fail(axis, f"a size of {size} does not divide by {stride}", trial)
