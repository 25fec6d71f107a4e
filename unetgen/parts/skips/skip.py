"""Skip: the base of how an encoder level's output joins the decoder."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Literal

from unetgen.errors import Problem
from unetgen.parts.part import Part
from unetgen.parts.recipe import Recipe, Stage
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node

Take = Literal["end", "before_last_conv", "before_block"]


class Skip(Part):
    """The base of the skips."""

    kind: str

    @property
    def takes(self) -> Take:
        """Which tensor of an encoder's level it takes."""
        return "end"

    @property
    def is_inside(self) -> bool:
        """Whether it joins inside the decoder's block, behind its first convolution, and not before it."""
        return False

    def axis_problem(self, data_format: str, shape: Sequence[int | None]) -> Problem | None:
        """What is wrong with its axis for an input of `shape` in this data format, if anything."""
        return None

    @abstractmethod
    def lower(
        self, b: Builder, up: Node, skips: Sequence[Node], below: Node, stage: Stage, recipe: Recipe
    ) -> Node:
        """The up-sampled tensor and those that meet it, as one; `below` is what was up-sampled."""


class TakingSkip(Skip):
    """The base of those that take a tensor of the encoder's level."""

    take: Take = "end"
    """Chooses the tensor: the level's output (`end`), what the last convolution of its block takes, with all
    that stands before it (`before_last_conv`), or what its block takes, as in Noise2Noise (Lehtinen et al.
    2018, arXiv 1803.04189; `before_block`)."""

    @property
    def takes(self) -> Take:
        return self.take
