"""Bottleneck: the base of what stands behind the bottom level's block."""

from __future__ import annotations

from abc import abstractmethod

from unetgen.parts.part import Part
from unetgen.parts.recipe import Stage
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node


class Bottleneck(Part):
    """The base of the bottlenecks."""

    @abstractmethod
    def lower(self, b: Builder, x: Node, stage: Stage) -> Node:
        """`x` as the decoder takes it, at the same size."""
