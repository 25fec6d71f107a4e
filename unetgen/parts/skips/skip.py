"""Skip: the base of how an encoder level's output joins the decoder."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from unetgen.errors import Problem
from unetgen.parts.part import Part
from unetgen.parts.recipe import Recipe, Stage
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node


class Skip(Part):
    """The base of the skips."""

    kind: str

    def axis_problem(self, data_format: str, shape: Sequence[int | None]) -> Problem | None:
        """What is wrong with its axis for an input of `shape` in this data format, if anything."""
        return None

    @abstractmethod
    def lower(
        self, b: Builder, up: Node, skips: Sequence[Node], below: Node, stage: Stage, recipe: Recipe
    ) -> Node:
        """The up-sampled tensor and those that meet it, as one; `below` is what was up-sampled."""
