"""Measures of rows and tensors that the views share: box widths by channels, heights by size, labels."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from unetgen.emit.figure.drawn_u import DrawnU, LevelRow
from unetgen.plan.ops import Conv, Pool, TransposedConv
from unetgen.plan.ops.base import Axes
from unetgen.plan.tensor import sizes

Scale = Literal["log", "sqrt", "linear"]
SCALES: Mapping[str, Callable[[float], float]] = {"log": math.log2, "sqrt": math.sqrt, "linear": float}


@dataclass(frozen=True)
class Channels:
    """Where a number of channels lies between the least and the most of any convolution."""

    least: int
    most: int
    scale: Scale

    @classmethod
    def of(cls, network: DrawnU, scale: Scale) -> Channels:
        steps = [step for row in network.rows for step in (*row.steps, *([row.way] if row.way else []))]
        counts = [step.spec.channels for step in steps if step.convolves] or [1]
        return cls(min(counts), max(counts), scale)

    def share(self, channels: int) -> float:
        """0 for the least, 1 for the most, a half where they are all alike."""
        if self.least == self.most:
            return 0.0 if channels < self.least else 0.375 if channels == self.least else 1.0
        grade = SCALES[self.scale]
        low, high = grade(self.least), grade(self.most)
        return min(max((grade(channels) - low) / (high - low), 0.0), 1.0)


def depth_axis(network: DrawnU) -> int | None:
    """The axis that a flat box does not show: of three, the shortest of the input, the last among equals."""
    spatial = network.input.spec.spatial
    if len(spatial) < 3:
        return None
    return min(range(3), key=lambda axis: (spatial[axis], -axis))


def in_plane(network: DrawnU, spatial: Axes) -> int:
    """The larger of the sizes that a flat box shows."""
    hidden = depth_axis(network)
    return max(size for axis, size in enumerate(spatial) if axis != hidden)


def row_sizes(network: DrawnU) -> list[int]:
    """The in-plane size of every level."""
    return [in_plane(network, row.entry.spatial) for row in network.encoder]


def depths(network: DrawnU) -> list[int]:
    """The size of every level along the axis that flat boxes do not show."""
    hidden = depth_axis(network)
    return [1 if hidden is None else row.entry.spatial[hidden] for row in network.encoder]


def size_text(spatial: Axes, short: bool) -> str:
    """``160×160×16``, or in `short` with a power where all axes agree: ``256²``."""
    if short and len(spatial) > 1 and len(set(spatial)) == 1:
        return f"{spatial[0]}{'²³'[len(spatial) - 2]}"
    return sizes(spatial)


def way_factor(network: DrawnU, row: LevelRow) -> Axes:
    """By how much the way to `row` shrinks or grows the tensor."""
    block = row.steps[0].nodes if row.rich and row.side == "encoder" and row.level > 0 else ()
    for node in row.way.nodes if row.way else block:
        if isinstance(node.op, Pool):
            return node.op.size
        if isinstance(node.op, Conv | TransposedConv) and max(node.op.strides) > 1:
            return node.op.strides
        if not row.way:
            continue
        if isinstance(size := getattr(node.op, "size", None), tuple):
            return size
    return (1,) * network.dims


def factors(network: DrawnU) -> bool:
    """Whether arrows carry their factors: where axes or levels differ in them."""
    ways = [way_factor(network, row) for row in network.rows if row.way]
    return len({size for way in ways for size in way}) > 1
