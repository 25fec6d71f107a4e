"""A vector of the whole image, made of the bottom, that enters the blocks of the way up: `decoder.style`."""

from __future__ import annotations

from typing import Annotated, Literal

from unetgen.parts.choice import Short
from unetgen.parts.part import Part
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import GlobalPool, UnitNorm


class Style(Part):
    """The bottom pooled over all positions (Cellpose, Stringer et al. 2021, doi 10.1038/s41592-020-01018-x).

    A dense layer brings it to the channels of what it is added to, at every position: before each convolution
    of the way up but the first of a level, norm and activation included. A bare name sets `pooling`.
    """

    pooling: Literal["average", "max"] = "average"
    """Chooses how one value is made of all positions."""
    unit: bool = True
    """Divides the vector by its Euclidean length."""

    def lower(self, b: Builder, x: Node) -> Node:
        """The vector of `x`, as a tensor of one position."""
        x = b.add(GlobalPool(self.pooling), x, name="pool")
        return b.add(UnitNorm(), x, name="unit") if self.unit else x


StyleField = Annotated[Style | None, Short("pooling", (str,), "average or max")]
