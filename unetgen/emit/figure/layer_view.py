"""The layer view: each operation a bar of 3 points in a rounded group per block, for small networks.

What a bar stands for is told by its height and shape as well as by its fill.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from unetgen.emit.figure import legend, staircase
from unetgen.emit.figure.drawn_u import DrawnU, LevelRow, Operation
from unetgen.emit.figure.legend_words import word
from unetgen.emit.figure.pen import Pen
from unetgen.emit.figure.shapes import Point
from unetgen.emit.figure.staircase import Stairs, stairs
from unetgen.emit.figure.themes import Fill
from unetgen.plan.graph import Node
from unetgen.plan.ops import (
    Activation,
    Add,
    AppendOnes,
    BlurPool,
    Concat,
    Conv,
    Crop,
    Dropout,
    GlobalPool,
    Input,
    MergedConv,
    Multiply,
    Norm,
    Op,
    Pad,
    PixelShuffle,
    PixelUnshuffle,
    Pool,
    PRelu,
    Resize,
    Scale,
    SelfAttention,
    TransposedConv,
    Upsample,
)

BAR, SPACE, PAD = 3.0, 1.2, 2.4
MOST = 60
RADIUS = 2.0


@dataclass(frozen=True)
class Style:
    """How a kind of operation looks: its fill, its height's share of the group, and which way it points."""

    fill: Fill
    share: float = 1.0
    points: int = 0
    """1 where the bar points up, -1 where it points down."""


OTHER = Style("gate", 0.5)
STYLES: Mapping[type[Op], Style] = {
    Activation: Style("gate", 0.45),
    Add: Style("copied", 0.85),
    AppendOnes: Style("input", 0.3),
    BlurPool: Style("copied", 0.8, -1),
    Concat: Style("copied"),
    Conv: Style("map"),
    Crop: Style("input", 0.3),
    Dropout: Style("copied", 0.2),
    GlobalPool: Style("copied", 0.4, -1),
    Input: Style("input"),
    MergedConv: Style("map"),
    Multiply: Style("gate", 0.85),
    Norm: Style("head", 0.7),
    PRelu: Style("gate", 0.45),
    Pad: Style("input", 0.3),
    PixelShuffle: Style("up", 0.8, 1),
    PixelUnshuffle: Style("copied", 0.6, -1),
    Pool: Style("copied", 0.8, -1),
    Resize: Style("up", 0.6, 1),
    Scale: Style("gate", 0.3),
    SelfAttention: Style("gate"),
    TransposedConv: Style("up", 1.0, 1),
    Upsample: Style("up", 0.8, 1),
}
"""A new op that has no row here is drawn as `OTHER`."""


def layers(network: DrawnU, width: float) -> Stairs | None:
    """The groups in place, or nothing where `width` is too narrow for them."""
    network = _by_node(network)
    widths: dict[tuple[str, int], float] = {
        (row.side, row.level): _width(len(_nodes(row))) for row in network.rows
    }
    ends = {end.group: _width(len(end.nodes)) for end in (network.input, *network.heads.values())}
    placed = stairs(network, widths, ends, short=False)
    return placed if placed.width <= width - 2 * staircase.MARGIN else None


def _by_node(network: DrawnU) -> DrawnU:
    """The same with every operation named after its last node: here nodes are what is drawn."""

    def named(operation: Operation) -> Operation:
        return replace(operation, name=operation.nodes[-1].name)

    def of_row(row: LevelRow) -> LevelRow:
        joins = tuple(
            replace(join, addition=named(join.addition), shortcut=join.shortcut and named(join.shortcut))
            for join in row.joins
        )
        merge = row.merge and replace(
            row.merge, operation=named(row.merge.operation), gate=row.merge.gate and named(row.merge.gate)
        )
        return replace(row, way=row.way and named(row.way), merge=merge, joins=joins)

    return replace(
        network,
        input=named(network.input),
        encoder=tuple(of_row(row) for row in network.encoder),
        decoder={level: of_row(row) for level, row in network.decoder.items()},
        heads={level: named(head) for level, head in network.heads.items()},
    )


def _width(bars: int) -> float:
    return max(bars * BAR + (bars - 1) * SPACE + 2 * PAD, 2 * staircase.OVERLAP)


def _nodes(row: LevelRow) -> list[Node]:
    return [node for operation in row.operations for node in operation.nodes]


def draw(pen: Pen, stairs: Stairs, left: float, top: float) -> float:
    """Put the U on the list; returns the y below it."""
    heights = [max(16.0, 46.0 * 2 ** (-level / 2)) for level in range(stairs.network.depth)]

    def body(pen: Pen, row: LevelRow, left: float, top: float, width: float, height: float) -> None:
        _group(pen, _nodes(row), left, top, width, height)

    def end(pen: Pen, operation: Operation, left: float, top: float, width: float, height: float) -> None:
        _group(pen, list(operation.nodes), left, top, width, height)

    return staircase.draw(pen, stairs, heights, body, end, left, top, lambda row: _nodes(row)[-1].name)


def _group(pen: Pen, nodes: list[Node], left: float, top: float, width: float, height: float) -> None:
    pen.polygon(_rounded(left, top, width, height), pen.theme.background or "#FFFFFF", "layer-group", None)
    taken = len(nodes) * BAR + (len(nodes) - 1) * SPACE
    x = left + (width - taken) / 2
    for node in nodes:
        _bar(pen, STYLES.get(type(node.op), OTHER), x, top + 2.0, height - 4.0, node.name)
        x += BAR + SPACE


def _bar(pen: Pen, style: Style, left: float, top: float, height: float, group: str | None) -> None:
    tall = height * style.share
    y0, y1, right, middle = top + (height - tall) / 2, top + (height + tall) / 2, left + BAR, left + BAR / 2
    if style.points > 0:
        corners: tuple[Point, ...] = ((left, y0 + 3), (middle, y0), (right, y0 + 3), (right, y1), (left, y1))
    elif style.points < 0:
        corners = ((left, y0), (right, y0), (right, y1 - 3), (middle, y1), (left, y1 - 3))
    else:
        corners = ((left, y0), (right, y0), (right, y1), (left, y1))
    pen.polygon(corners, pen.theme.fills[style.fill], "bar", group, width=0.4)


def _rounded(left: float, top: float, width: float, height: float) -> tuple[Point, ...]:
    right, bottom, r = left + width, top + height, RADIUS
    corners = (
        (right - r, top + r, -90),
        (right - r, bottom - r, 0),
        (left + r, bottom - r, 90),
        (left + r, top + r, 180),
    )
    return tuple(
        (x + r * math.cos(math.radians(start + turn)), y + r * math.sin(math.radians(start + turn)))
        for x, y, start in corners
        for turn in range(0, 91, 30)
    )


def entries(network: DrawnU) -> list[legend.Entry]:
    """What the bars stand for, in the order in which they first occur."""
    full_texts: dict[Style, dict[str, None]] = {}
    plain: dict[Style, dict[str, None]] = {}
    for operation in network.operations:
        for node in operation.nodes:
            style = STYLES.get(type(node.op), OTHER)
            full_texts.setdefault(style, {})[word(node.op).text] = None
            plain.setdefault(style, {})[word(node.op).plain] = None
    return [
        _entry(style, " or ".join(texts if len(texts) < 3 else plain[style]))
        for style, texts in full_texts.items()
    ]


def _entry(style: Style, text: str) -> legend.Entry:
    return legend.Entry(text, BAR, lambda pen, x, y: _bar(pen, style, x, y - 5.0, 10.0, None))


def flows(network: DrawnU) -> list[legend.Entry]:
    """What the arrows stand for: here they only lead from group to group."""
    arrows = [legend.arrow("conv", "same level")]
    if network.depth > 1:
        arrows += [legend.arrow("down", "one level down"), legend.arrow("up", "one level up")]
    if any(row.merge for row in network.decoder.values()):
        arrows.append(legend.arrow("skip", "skip"))
    return [*arrows, legend.arrow("head", "head")]


def groups(network: DrawnU) -> dict[str, tuple[str, ...]]:
    """Every node is a group of its own, but for what fuses the heads: that is one box here, too."""
    fused = tuple(node.name for node in network.fuse.nodes) if network.fuse else ()
    names_by_group = {node.name: (node.name,) for node in network.plan.nodes if node.name not in fused}
    return names_by_group | ({network.fuse.group: fused} if network.fuse else {})
