"""Further convolutions at the bottom."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from unetgen.parts.bottlenecks.bottleneck import Bottleneck
from unetgen.parts.convolution import unit
from unetgen.parts.recipe import Stage
from unetgen.parts.values import LARGEST, MOST_CONVS
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node


class ConvsBottleneck(Bottleneck):
    """Convolutions one after the other, with the config's norm and activation, as behind an encoder that ends
    with a pooling."""

    kind: Literal["convs"] = "convs"
    convs: int = Field(2, ge=1, le=MOST_CONVS)
    """How many there are."""
    filters: int | None = Field(None, ge=1, le=LARGEST)
    """Sets the channels of each; null: those of the bottom."""

    def lower(self, b: Builder, x: Node, stage: Stage) -> Node:
        """`x` through the convolutions."""
        filters = self.filters or x.spec.channels
        for number in range(1, self.convs + 1):
            with b.piece("conv", number):
                x = unit(b, x, filters, stage.conv)
        return x
