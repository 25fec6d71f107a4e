"""The plain block: one convolution after the other."""

from __future__ import annotations

from typing import ClassVar, Literal

from unetgen.errors import Wrong
from unetgen.parts.blocks.block import Block
from unetgen.parts.convolution import unit
from unetgen.parts.grouping import Groups
from unetgen.parts.recipe import Stage
from unetgen.parts.values import Counts, OptionalPerConv, PerConv, at_level, counted, is_nested, row_at
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops.base import Axes


class PlainBlock(Block):
    """Convolutions one after the other, as in the U-Net of 2015 (arXiv 1505.04597)."""

    fixed_widths: ClassVar[int | None] = None
    takes_inside: ClassVar[bool] = True

    kind: Literal["plain"] = "plain"
    convs: Counts = None
    """How many convolutions a block has: a number, or one per level; null: as many as `conv_widths` has."""
    dilation: PerConv = 1
    """Dilates the convolutions (arXiv 1511.07122): a number, one per convolution, or a list of such lists,
    one per level."""
    kernels: OptionalPerConv = None
    """Sets the kernels of the convolutions, the same on every axis: a number, one per convolution, or a list
    of such lists, one per level; null: the config's `kernel`."""
    groups: Groups = 1
    """Splits the channels of each convolution into groups that do not see each other: a number, `depthwise`
    for one group a channel, or a list of these, one per level."""

    @property
    def widths(self) -> int | tuple[int, ...] | None:
        return self.convs

    @property
    def lists(self) -> dict[str, object]:
        nested = ("dilation", self.dilation), ("kernels", self.kernels)
        per_level = {name: value for name, value in nested if is_nested(value)}
        return {**super().lists, "groups": self.groups, **per_level}

    def body(self, b: Builder, x: Node, stage: Stage, strides: Axes | None) -> Node:
        """The convolutions on `x`; the first takes the strides."""
        convs = len(stage.filters)
        dilations = _each_conv("dilation", self.dilation, stage.level, convs)
        kernels: tuple[Axes | None, ...] = (None,) * convs
        if self.kernels is not None:
            sizes = _each_conv("kernels", self.kernels, stage.level, convs)
            kernels = tuple((size,) * x.spec.dims for size in sizes)
        for index, filters in enumerate(stage.filters):
            with b.piece("conv", index + 1):
                taken = strides if index == 0 else None
                x = stage.entered(b, x, index)
                x = unit(
                    b,
                    x,
                    filters,
                    stage.conv,
                    strides=taken,
                    kernel=kernels[index],
                    dilation=dilations[index],
                    groups=at_level(self.groups, stage.level),
                )
        return self.excite(b, x, stage.conv)


def _each_conv(field: str, value: PerConv, level: int, convs: int) -> tuple[int, ...]:
    """One number for each convolution of a level; raises `Wrong` where there are more or fewer."""
    row = row_at(value, level)
    if not isinstance(row, tuple):
        return (row,) * convs
    if len(row) != convs:
        given, wanted = counted(len(row), field.removesuffix("s")), counted(convs, "convolution")
        where = (level,) if is_nested(value) else ()
        message = f"has {given} for a block of {wanted}"
        raise Wrong.of(message, got=list(row), path=("block", field, *where))
    return row
