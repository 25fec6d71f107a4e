"""U2-Net's block: a whole U inside one level."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator

from unetgen.errors import Wrong
from unetgen.parts.blocks.block import Block
from unetgen.parts.blocks.joining import add, require_padding
from unetgen.parts.convolution import unit
from unetgen.parts.fitting import differ, resize
from unetgen.parts.recipe import Stage
from unetgen.parts.values import LevelCounts, LevelFlags, at_level, each
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Concat, Pool
from unetgen.plan.ops.base import Axes


def _with_bottom(heights: int | tuple[int, ...]) -> int | tuple[int, ...]:
    def height(value: int) -> int:
        if value < 2:
            raise Wrong.of("must be at least 2: the nested U has a bottom", got=value)
        return value

    return each(heights, height) if isinstance(heights, tuple) else height(heights)


class RsuBlock(Block):
    """U2-Net's residual U-block RSU-L (Qin et al. 2020, arXiv 2005.09007, figure 2e).

    A level has two widths: inside the nested U and of its output. One convolution gives the output's width;
    on it stands a U of L levels, which pools by 2 on every axis (ceiling) between all but the lowest two
    and up-samples linearly to the sizes before, the lowest level dilated by 2; the first convolution's output
    is added. `dilated` (RSU-4F) has dilations 1, 2, 4, ... in place of pooling.
    """

    fixed_widths: ClassVar[int | None] = 2

    kind: Literal["rsu"] = "rsu"
    height: Annotated[LevelCounts, AfterValidator(_with_bottom)] = 4
    """How many levels the nested U has (L): a number of at least 2, or one per level; U2-Net has [7, 6, 5, 4,
    4, 4]."""
    dilated: LevelFlags = False
    """Dilates instead of pooling: true, false, or one per level; true in U2-Net's lowest two levels."""

    @property
    def lists(self) -> dict[str, object]:
        return {**super().lists, "height": self.height, "dilated": self.dilated}

    def body(self, b: Builder, x: Node, stage: Stage, strides: Axes | None) -> Node:
        """The first convolution on `x`, which takes the strides, and the nested U on that."""
        require_padding(stage.conv, self.kind, "its nested levels meet again")
        with b.piece("outer"):
            outer = unit(b, x, stage.filters[-1], stage.conv, strides=strides)
        x = self.excite(b, self._nested(b, outer, stage), stage.conv)
        with b.piece("add"):
            return add(b, x, [outer], (), stage.conv)

    def _nested(self, b: Builder, x: Node, stage: Stage) -> Node:
        height, dilated = at_level(self.height, stage.level), at_level(self.dilated, stage.level)
        inner, outer = stage.filters
        dilations = [2**index if dilated else 1 for index in range(height - 1)]
        rows: list[Node] = []
        for index, dilation in enumerate(dilations):
            with b.piece("nested", index + 1):
                if index > 0 and not dilated:
                    with b.piece("down"):
                        x = b.add(Pool("max", (2,) * x.spec.dims, padding="same"), x)
                with b.piece("encoder"):
                    x = unit(b, x, inner, stage.conv, dilation=dilation)
            rows.append(x)
        with b.piece("nested", height):
            x = unit(b, x, inner, stage.conv, dilation=2 * dilations[-1] if dilated else 2)
        for index in reversed(range(height - 1)):
            with b.piece("nested", index + 1):
                x = _meet(b, x, rows[index])
                with b.piece("decoder"):
                    x = unit(b, x, inner if index else outer, stage.conv, dilation=dilations[index])
        return x


def _meet(b: Builder, x: Node, skip: Node) -> Node:
    """The coarser `x` at the size of `skip`, and the two as one."""
    if differ(b, x, skip):
        with b.piece("up"):
            x = resize(b, x, skip, "linear")
    with b.piece("skip"):
        return b.add(Concat(), x, skip)
