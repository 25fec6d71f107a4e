"""A block that adds two convolutions of different kernels."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from unetgen.parts.blocks.block import Block
from unetgen.parts.convolution import unit
from unetgen.parts.recipe import Stage
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Add
from unetgen.plan.ops.base import Axes


class WideBlock(Block):
    """A 3x3 convolution and a wider one side by side, added."""

    kind: Literal["acme-unets/wide"] = "acme-unets/wide"
    width: int = Field(5, ge=3, le=15)
    """Sets the kernel of the wider convolution, the same on each axis."""

    def body(self, b: Builder, x: Node, stage: Stage, strides: Axes | None) -> Node:
        """The block on `x` once, taking `strides`."""
        (filters,) = stage.filters
        wide = (self.width,) * x.spec.dims
        with b.piece("near"):
            near = unit(b, x, filters, stage.conv, strides=strides)
        with b.piece("far"):
            far = unit(b, x, filters, stage.conv, strides=strides, kernel=wide)
        return self.excite(b, b.add(Add(), near, far), stage.conv)
