"""The U: down, across, up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, WithJsonSchema

from unetgen.errors import Problem, Wrong
from unetgen.parts.recipe import Features, Recipe
from unetgen.parts.topologies.taking import handed_over
from unetgen.parts.topologies.topology import Topology
from unetgen.parts.topologies.walk import decode, encode, enter, lower_heads, styled
from unetgen.parts.values import each, whole
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node


def _levels(value: object) -> object:
    if value is None:
        return None
    if not isinstance(value, list | tuple):
        raise Wrong.of("must be a list of levels", got=value, hint="write it as [2]")
    levels = each(value, lambda level: whole(level, minimum=0))
    if any(coarser <= finer for finer, coarser in pairwise(levels)):
        raise Wrong.of("must go from the finest level to the coarsest", got=list(levels))
    return levels


_LEVEL: dict[str, Any] = {"type": "integer", "minimum": 0}
Levels = Annotated[
    tuple[int, ...] | None,
    BeforeValidator(_levels),
    WithJsonSchema({"anyOf": [{"type": "array", "items": _LEVEL}, {"type": "null"}]}),
]


class UNet(Topology):
    """One encoder, one decoder, one skip a level (arXiv 1505.04597)."""

    kind: Literal["unet"] = "unet"
    levels: Levels = None
    """Lists the levels that the decoder has, the finest first, such as `[2]`; null: all above the bottom.
    From one to the next it goes up in a single step, by the `up` of the finer one. Where it ends on a coarser
    level, `head.upsample` brings its scores to the input's size. `[]` leaves the bottom alone."""

    takes_tasks: ClassVar[bool] = True
    takes_encoder: ClassVar[bool] = True
    takes_inside: ClassVar[bool] = True
    opens_blocks: ClassVar[bool] = True

    @property
    def has_decoder_blocks(self) -> bool:
        return self.levels != ()

    def most_extra_rows(self, depth: int) -> int:
        return depth - 1 if self.levels is None else len(self.levels)

    def ends_at(self, depth: int) -> int:
        return 0 if self.levels is None else self.levels[0] if self.levels else depth - 1

    def problems(self, depth: int) -> Iterator[Problem]:
        if self.levels and self.levels[-1] > depth - 2:
            yield Problem(
                f"a decoder below depth {depth} has levels 0 to {depth - 2}",
                path=("topology", "levels", len(self.levels) - 1),
                got=self.levels[-1],
                hint="null takes all of them",
            )

    def lower(self, b: Builder, recipe: Recipe) -> tuple[Node, ...]:
        """The whole network; its outputs, the full-resolution one first."""
        levels = encode(b, enter(b, recipe, self.strides(recipe)), recipe, (None, *recipe.steps))
        bottom = levels[-1]
        (*levels, x), recipe = styled(b, levels, recipe)
        takes_inside = any(step.skip.takes != "end" for step in recipe.steps)
        skips = handed_over(b, levels, recipe) if takes_inside else levels
        return lower_heads(b, recipe, bottom, lambda: self._rows(b, skips, x, recipe))

    def _rows(self, b: Builder, skips: Sequence[Node], x: Node, recipe: Recipe) -> list[Features]:
        """The decoder's levels, the finest first, and the bottom, `x`."""
        coarser = len(skips)
        rows = [Features(x, level=coarser)]
        for level in reversed(range(coarser) if self.levels is None else self.levels):
            with b.level("decoder", level):
                x = decode(b, rows[0].node, [skips[level]], recipe.decoder[level], recipe, coarser)
            rows.insert(0, Features(x, level=level))
            coarser = level
        return [replace(rows[0], level=None), *rows[1:]]
