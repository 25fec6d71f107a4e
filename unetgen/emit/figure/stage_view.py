"""The stage view: one box a block, what fits one column."""

from __future__ import annotations

from unetgen.emit.figure import staircase
from unetgen.emit.figure.drawn_u import DrawnU, LevelRow, Operation
from unetgen.emit.figure.inside import inside, write
from unetgen.emit.figure.inside import width as width_of
from unetgen.emit.figure.measures import Channels, Scale
from unetgen.emit.figure.pen import Pen
from unetgen.emit.figure.staircase import Stairs, body_group, stairs
from unetgen.emit.figure.themes import Fill

NARROW, RANGE = 12.0, 12.0
END = 6.0
CLEAR = 3.0
"""Of a line in its box, both sides together."""
WIDEST = 1.5
"""By how much boxes may be wider than the formula says, where the page has room."""


def stages(network: DrawnU, width: float, scale: Scale) -> Stairs | None:
    """The boxes in place, or nothing where `width` is too narrow for them."""
    channels = Channels.of(network, scale)
    ends = {"input": END, **{head.group: END for head in network.heads.values()}}
    room = width - 2 * staircase.MARGIN

    def placed(stretch: float) -> Stairs:
        widths: dict[tuple[str, int], float] = {
            (row.side, row.level): max(
                stretch * (NARROW + RANGE * channels.share(row.spec.channels)), width_of(inside(row)) + CLEAR
            )
            for row in network.rows
        }
        return stairs(network, widths, ends, short=True)

    if placed(1.0).width > room:
        return None
    low, high = 1.0, WIDEST
    if placed(high).width <= room:
        return placed(high)
    for _ in range(24):
        middle = (low + high) / 2
        low, high = (middle, high) if placed(middle).width <= room else (low, middle)
    return placed(low)


def draw(pen: Pen, stairs: Stairs, left: float, top: float) -> float:
    """Put the U on the list; returns the y below it."""
    heights = [max(13.0, 46.0 * 2 ** (-level / 2)) for level in range(stairs.network.depth)]
    return staircase.draw(pen, stairs, heights, _box, _end, left, top, body_group)


def _box(pen: Pen, row: LevelRow, left: float, top: float, width: float, height: float) -> None:
    group = body_group(row)
    fill: Fill = "input" if group == "input" else "map" if row.steps or row.way else "copied"
    pen.box(left, top, width, height, fill, group)
    if line := inside(row):
        write(pen, line, (left + width / 2, top + height / 2), group)


def _end(pen: Pen, operation: Operation, left: float, top: float, width: float, height: float) -> None:
    pen.box(left, top, width, height, "input" if operation.kind == "input" else "head", operation.group)


def groups(network: DrawnU) -> dict[str, tuple[str, ...]]:
    """The nodes behind every group that this view draws: a block is one, with its additions and shortcuts."""
    names_by_group: dict[str, tuple[str, ...]] = {}
    blocks: dict[str, str] = {}
    for row in network.rows:
        inner = [*row.inner, *([row.way] if row.way and row.way_in_block else [])]
        blocks |= {operation.group: body_group(row) for operation in inner}
    for operation in network.operations:
        group = blocks.get(operation.group, operation.group)
        names_by_group[group] = (*names_by_group.get(group, ()), *(node.name for node in operation.nodes))
    return names_by_group
