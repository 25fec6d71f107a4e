"""Block: the base of what stands at a level, with what all kinds but `none` have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from typing import ClassVar

from unetgen.errors import Problem, Wrong
from unetgen.parts.convolution import end_dropout
from unetgen.parts.part import Part
from unetgen.parts.per_level import only
from unetgen.parts.recipe import Convolution, Stage
from unetgen.parts.squeeze_excitation import SqueezeExcitationField
from unetgen.parts.values import LevelCounts, PerAxis, at_level, per_level
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops.base import Axes


class LevelPart(Part):
    """The base of what a config may name as the block of a level."""

    fixed_widths: ClassVar[int | None] = 1
    """How many widths a level of this kind has; None: one for each of its `convs`."""

    kind: str

    @property
    def widths(self) -> int | tuple[int, ...] | None:
        """How many widths a level has, or one number per level; None: as many as the config says."""
        return self.fixed_widths

    @property
    def lists(self) -> Mapping[str, object]:
        """The fields that may have one entry per level, apart from `convs`."""
        return {}

    @property
    def own_kernel(self) -> PerAxis:
        """The kernel that this kind has of its own, as a config says it; None where it has none."""
        return None

    def check_levels(self, levels: int, noun: str = "level") -> None:
        """Raise `Wrong` with every list per level that has another number of entries."""
        self._check_lists(lambda value: per_level(value, levels, noun))

    def check_alone(self) -> None:
        """Raise `Wrong` with every list per level: this is the entry of one level."""
        self._check_lists(only)

    def _check_lists(self, check: Callable[[object], object]) -> None:
        problems: list[Problem] = []
        for name, value in self.lists.items():
            try:
                check(value)
            except Wrong as wrong:
                problems += wrong.under(name).problems
        if problems:
            raise Wrong(problems)

    @abstractmethod
    def lower(self, b: Builder, x: Node, stage: Stage, strides: Axes | None) -> Node:
        """What stands at the level of `stage` on `x`, taking `strides`."""


class Block(LevelPart):
    """The base of the blocks: a kind says in `body` what stands at a level once."""

    takes_inside: ClassVar[bool] = False
    """Whether its convolutions stand one after the other, so that something can enter between them."""

    repeats: LevelCounts = 1
    """How many blocks stand at a level, one after the other: a number, or one per level. Only the first takes
    strides."""
    squeeze_excitation: SqueezeExcitationField = None
    """Adds a gate on the block's features, before an addition or else at its end: null, `channel`, `spatial`,
    `both`, or {kind, ratio, activation, use_bias}."""

    @property
    def lists(self) -> Mapping[str, object]:
        return {"repeats": self.repeats}

    def lower(self, b: Builder, x: Node, stage: Stage, strides: Axes | None) -> Node:
        """The block on `x`, as often as `repeats` says; the first one takes `strides`."""
        repeats = at_level(self.repeats, stage.level)
        if stage.inside is not None:
            stage.inside.require_place(stage, self.kind, self.takes_inside)
        for index in range(repeats):
            with b.piece("block", index + 1) if repeats > 1 else nullcontext():
                x = self.body(b, x, replace(stage, repeat=index), strides if index == 0 else None)
                x = end_dropout(b, x, stage.conv)
        return x

    @abstractmethod
    def body(self, b: Builder, x: Node, stage: Stage, strides: Axes | None) -> Node:
        """The block on `x` once, taking `strides`."""

    def excite(self, b: Builder, x: Node, conv: Convolution) -> Node:
        """`x` through the block's squeeze and excitation, where it has one."""
        return x if self.squeeze_excitation is None else self.squeeze_excitation.lower(b, x, conv)
