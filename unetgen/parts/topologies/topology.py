"""What the config's side needs to know of every topology, before anything is lowered."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import ClassVar

from unetgen.errors import Problem
from unetgen.parts.part import Part
from unetgen.parts.recipe import Recipe, total_strides
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops.base import Axes
from unetgen.plan.place import Place


class Topology(Part):
    """The base of the topologies; what it says holds for the U."""

    skip_kinds: ClassVar[frozenset[str] | None] = None
    """The kinds of `skip` that it can wire; None: every one."""
    further_rows: ClassVar[str] = "coarser level"
    """What the heads of deep supervision stand on."""
    rows_are_coarser: ClassVar[bool] = True
    """Whether those are smaller than the output."""
    needs_skips_from: ClassVar[int | None] = None
    """The level from which on each has to join what the topology brings to it, so that `skip: none` has no
    meaning; None: no level has to."""
    takes_tasks: ClassVar[bool] = False
    """Whether it lowers the heads and decoders of further `tasks`."""
    opens_blocks: ClassVar[bool] = False
    """Whether something can enter the decoder's blocks between their convolutions, or stand on the bottom."""
    takes_encoder: ClassVar[bool] = False
    """Whether an `encoder` can make its levels."""
    takes_inside: ClassVar[bool] = False
    """Whether a skip can take a tensor inside a level's block."""
    begins_strided: ClassVar[bool] = False
    """Whether its first level is smaller than the input anyway, so that no stem can make it so."""
    ends_itself: ClassVar[bool] = False
    """Whether its last layers give the classes, so that there is no convolution of the head."""

    @property
    def has_decoder_blocks(self) -> bool:
        """Whether it has blocks of the decoder, whose filters have to be said beside an encoder."""
        return True

    @abstractmethod
    def lower(self, b: Builder, recipe: Recipe) -> tuple[Node, ...]:
        """The whole network; its outputs, the full-resolution one first."""

    def most_extra_rows(self, depth: int) -> int:
        """How many heads there can be beside the main one: on the coarser levels, the bottom among them."""
        return depth - 1

    def decoder_filters(self, level: int, encoder: tuple[tuple[int, ...], ...]) -> tuple[int, ...]:
        """The filters of the decoder's block at `level` where the config says none, by the encoder's."""
        return (encoder[level][-1],) * len(encoder[level])

    def entry(self, field: str, place: Place) -> int:
        """Which entry of a list of kinds, `field`, what stands at `place` goes by."""
        level = place.level or 0
        return level - 1 if "down" in (field, place.part) else level

    def ends_at(self, depth: int) -> int:
        """The level that the decoder ends on."""
        return 0

    def strides(self, recipe: Recipe) -> Axes:
        """The factor per axis from the input to the coarsest level."""
        total = total_strides(recipe, 0, self.last_step(recipe))
        for factors in () if recipe.stem is None else recipe.stem.factors(recipe.dims):
            total = tuple(t * s for t, s in zip(total, factors, strict=True))
        return total

    def last_step(self, recipe: Recipe) -> int:
        """How many of the steps down it takes."""
        return len(recipe.steps)

    def problems(self, depth: int) -> Iterator[Problem]:
        """What is wrong with its own fields in a network of `depth`; paths from the config's top."""
        yield from ()
