"""A config while its fields are checked against each other: what follows from it, worked out once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from unetgen.config.level_values import LevelValues
from unetgen.config.model import UNetConfig
from unetgen.config.objectives import Objective, objectives


@dataclass(frozen=True)
class Draft:
    """A config whose fields are right one by one. The checks read it, and the recipe is made of it."""

    config: UNetConfig

    @cached_property
    def objectives(self) -> tuple[Objective, ...]:
        """What each target is for, as far as the config says it; the main one first."""
        return objectives(self.config)

    @cached_property
    def values(self) -> LevelValues:
        """Its lists, spread out per level, per axis and per convolution."""
        return LevelValues(self.config)
