"""No bottleneck of its own."""

from __future__ import annotations

from typing import Literal

from unetgen.parts.bottlenecks.bottleneck import Bottleneck
from unetgen.parts.recipe import Stage
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node


class NoBottleneck(Bottleneck):
    """Nothing behind the bottom level's block."""

    kind: Literal["none"] = "none"

    def lower(self, b: Builder, x: Node, stage: Stage) -> Node:
        """`x` itself."""
        return x
