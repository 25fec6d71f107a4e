"""Stairs: a body a level and side, in steps that overlap; how the stage view lays them out and draws them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from unetgen.emit.figure import added_input, fonts, gates
from unetgen.emit.figure.beside import BESIDE, beside, stacked
from unetgen.emit.figure.drawn_u import DrawnU, LevelRow, Operation
from unetgen.emit.figure.fusing import AWAY, BOX, fused, taken
from unetgen.emit.figure.measures import factors, size_text, way_factor
from unetgen.emit.figure.pen import ABOVE, CLEAR, HEAD_WIDTH, SMALL, TEXT, Pen
from unetgen.plan.tensor import sizes

OVERLAP = 6.0
SKIP_SHORTEST = 10.0
SIDE_GAP = 12.0
"""From the input to the first body, and from a body to its head."""
ROW_GAP = 18.0
MARGIN = 1.5
INWARD = 3.0
"""From a vertical arrow to the label beside it."""
HEADED = 2.5

Body = Callable[[Pen, LevelRow, float, float, float, float], None]
"""Draws the body of a row in the given left, top, width and height."""
End = Callable[[Pen, Operation, float, float, float, float], None]
"""Draws the input or a head in the given left, top, width and height."""


@dataclass(frozen=True)
class Stairs:
    """A U with the widths of its bodies; the bottom's may grow, so that the skip above it has room."""

    network: DrawnU
    widths: dict[tuple[str, int], float]
    ends: dict[str, float]
    """Widths of the input and of the heads, by group."""
    lefts: dict[tuple[str, int], float]
    left: float
    right: float
    short: bool
    """Whether equal sizes are written as a power."""

    @property
    def width(self) -> float:
        return self.right - self.left


def stairs(
    network: DrawnU, widths: dict[tuple[str, int], float], ends: dict[str, float], *, short: bool
) -> Stairs:
    """Every body in its place; x starts at the first body's left edge."""
    widths = dict(widths)
    bottom = ("encoder", network.depth - 1)
    for _ in range(2):
        lefts = _lefts(network, widths)
        if (missing := _missing(network, widths, lefts)) > 0:
            widths[bottom] += missing
    lefts = _lefts(network, widths)
    entry = ends[network.input.group]
    left = 0.0 if network.begins_with_input else -SIDE_GAP - entry
    count = fonts.advance(str(network.input.spec.channels), TEXT)
    edges = [left, left + (entry - count) / 2]
    rights = []
    for row in network.rows:
        at, key = lefts[row.side, row.level], (row.side, row.level)
        if row.side == "encoder":
            start = at if row.level else left
            edges.append(start - BESIDE - fonts.advance(size_text(row.entry.spatial, short), TEXT))
        rights += [at + widths[key], at + widths[key] / 2 + _label(row) / 2]
        edge = rights[-2]
        if row.level in network.heads and network.last(row.level) is row:
            head = network.heads[row.level]
            edge += SIDE_GAP + ends[head.group]
            rights += [edge, edge - ends[head.group] / 2 + fonts.advance(str(head.spec.channels), TEXT) / 2]
            edge += added_input.room(network, head, ends[head.group])
            rights.append(edge)
        rights += [edge + BESIDE + fonts.advance(text, TEXT) for text in beside(network, row, short)]
    right = max(edge for edge in rights)
    return Stairs(network, widths, ends, lefts, min(edges), right + taken(network), short)


def _label(row: LevelRow) -> float:
    return fonts.advance(str(row.spec.channels), TEXT)


def _lefts(network: DrawnU, widths: dict[tuple[str, int], float]) -> dict[tuple[str, int], float]:
    lefts = {("encoder", 0): 0.0}
    for level in range(1, network.depth):
        lefts["encoder", level] = lefts["encoder", level - 1] + widths["encoder", level - 1] - OVERLAP
    right = lefts["encoder", network.depth - 1] + widths["encoder", network.depth - 1]
    for level in sorted(network.decoder, reverse=True):
        lefts["decoder", level] = right - OVERLAP
        right = lefts["decoder", level] + widths["decoder", level]
    return lefts


def _missing(
    network: DrawnU, widths: dict[tuple[str, int], float], lefts: dict[tuple[str, int], float]
) -> float:
    """By how much the bottom is too narrow for the skips and labels around it."""
    bottom = network.encoder[-1]
    needed = [0.0]
    if network.decoder:
        both = OVERLAP / 2 + INWARD + _label(bottom) + HEAD_WIDTH / 2 + 1.5 + OVERLAP / 2
        needed.append(both - widths["encoder", network.depth - 1])
    for level, row in network.decoder.items():
        above = network.encoder[level]
        start = lefts["encoder", level] + widths["encoder", level] + CLEAR
        shortest = SKIP_SHORTEST + gates.room(row.merge)
        needed.append(shortest - (lefts["decoder", level] - CLEAR - start))
        inner = lefts["decoder", level] + widths["decoder", level] - lefts["encoder", level]
        labels = 2 * (OVERLAP / 2 + INWARD) + _label(above) + _label(row) + 2.0
        needed.append(labels - inner)
    return max(needed)


def draw(
    pen: Pen,
    stairs: Stairs,
    heights: list[float],
    body: Body,
    end: End,
    left: float,
    top: float,
    of_row: Callable[[LevelRow], str],
) -> float:
    """Put the U on the list; `of_row` names the drawn group of a row's body. Returns the y below it."""
    network, dx = stairs.network, left - stairs.left
    tops = _tops(network, heights, top)
    for row in network.rows:
        key = (row.side, row.level)
        x, width, y, height = stairs.lefts[key] + dx, stairs.widths[key], tops[row.level], heights[row.level]
        body(pen, row, x, y, width, height)
        _labels(pen, stairs, row, (x, y), dx, height, of_row(row))
        _sideways(pen, stairs, row, end, dx, y, height)
    for before, row in zip(network.rows, network.rows[1:], strict=False):
        _way(pen, stairs, before, row, tops, heights, dx, of_row(row))
    if not network.begins_with_input:
        _input(pen, stairs, end, dx, tops[0], heights[0], of_row(network.encoder[0]))
    if network.fuse:
        feet = [_foot(stairs, level, dx, tops[level] + heights[level]) for level in network.heads]
        left = stairs.right - taken(network) + AWAY + dx
        fused(pen, network, network.fuse, feet, left, tops[0], heights[0])
    if adding := added_input.added(network):
        _added(pen, stairs, adding, dx, tops[0], heights[0])
    return tops[-1] + heights[-1]


def _foot(stairs: Stairs, level: int, dx: float, bottom: float) -> tuple[float, float]:
    """The middle of the lower edge of the head at `level`."""
    row = stairs.network.last(level)
    key = (row.side, row.level)
    edge = stairs.lefts[key] + stairs.widths[key] + SIDE_GAP
    return edge + stairs.ends[stairs.network.heads[level].group] / 2 + dx, bottom


def _tops(network: DrawnU, heights: list[float], top: float) -> list[float]:
    tops = [top + fonts.cap_height(TEXT) + ABOVE + CLEAR + added_input.over(network)]
    for level in range(network.depth - 1):
        tops.append(tops[-1] + heights[level] + ROW_GAP)
    return tops


def _labels(
    pen: Pen, stairs: Stairs, row: LevelRow, corner: tuple[float, float], dx: float, height: float, group: str
) -> None:
    """Channels above the body, beside the vertical arrow that it has there; the row's size on the left."""
    (x, y), text = corner, str(row.spec.channels)
    at = (x + stairs.widths[row.side, row.level] / 2, y - ABOVE)
    if row.side == "encoder" and row.level > 0:
        at = (x + OVERLAP / 2 + INWARD, y - ABOVE)
        pen.text(at, text, anchor="start", group=group)
    elif row.side == "decoder" and row.level > 0:
        at = (x + stairs.widths[row.side, row.level] - OVERLAP / 2 - INWARD, y - ABOVE)
        pen.text(at, text, anchor="end", group=group)
    else:
        pen.text(at, text, group=group)
    if row.side == "encoder":
        edge = (
            stairs.lefts["encoder", row.level]
            if row.level or stairs.network.begins_with_input
            else -SIDE_GAP - stairs.ends[stairs.network.input.group]
        )
        text = size_text(row.entry.spatial, stairs.short)
        pen.text_mid((edge - BESIDE + dx, y + height / 2), text, anchor="end", role="size")


def body_group(row: LevelRow) -> str:
    """The drawn group of a row's block; without one, that of what joins there, or of the way to the row."""
    if row.rich:
        return row.steps[0].group
    if row.steps:
        return row.steps[0].place.of_whole.scope
    if row.merge:
        return row.merge.operation.group
    return row.way.group if row.way else "input"


def _sideways(pen: Pen, stairs: Stairs, row: LevelRow, end: End, dx: float, y: float, height: float) -> None:
    """The skip into a row, its head, and what stands right of it."""
    network, key, middle = stairs.network, (row.side, row.level), y + height / 2
    edge = stairs.lefts[key] + stairs.widths[key]
    if row.merge:
        start = stairs.lefts["encoder", row.level] + stairs.widths["encoder", row.level] + CLEAR
        way = (stairs.lefts[key] + OVERLAP / 2 + dx, y + height)
        gates.skip(pen, row, start + dx, stairs.lefts[key] + dx, middle, way)
    if row.level in network.heads and network.last(row.level) is row:
        head = network.heads[row.level]
        start, width = edge + SIDE_GAP, stairs.ends[head.group]
        pen.arrow("head", (edge + CLEAR + dx, middle), (start - CLEAR + dx, middle), head.group)
        end(pen, head, start + dx, y, width, height)
        pen.text((start + width / 2 + dx, y - ABOVE), str(head.spec.channels), group=head.group)
        edge = start + width + added_input.room(network, head, width)
    stacked(pen, beside(network, row, stairs.short), (edge + BESIDE + dx, middle))


def _input(pen: Pen, stairs: Stairs, end: End, dx: float, y: float, height: float, group: str) -> None:
    entry = stairs.network.input
    width = stairs.ends[entry.group]
    left = -SIDE_GAP - width
    end(pen, entry, left + dx, y, width, height)
    pen.text((left + width / 2 + dx, y - ABOVE), str(entry.spec.channels), group=entry.group)
    middle = y + height / 2
    pen.arrow("conv", (left + width + CLEAR + dx, middle), (dx - CLEAR, middle), group)


def _added(pen: Pen, stairs: Stairs, head: Operation, dx: float, y: float, height: float) -> None:
    """The line from the input over the top row to the addition behind `head`."""
    network, row, channels = stairs.network, stairs.network.last(0), stairs.network.input.spec.channels
    middle, width = y + height / 2, stairs.ends[network.heads[0].group]
    left = stairs.lefts[row.side, 0] + stairs.widths[row.side, 0] + SIDE_GAP
    if head is network.fuse:
        left, width = stairs.right - taken(network) + AWAY, BOX
    plus = (left + width + added_input.behind(head.spec.channels, width) + dx, middle)
    edge = stairs.widths["encoder", 0] if network.strided else -SIDE_GAP
    width = edge if network.strided else stairs.ends[network.input.group]
    corner = (edge + added_input.branch(channels, width) + dx, middle)
    # Where the input is the top row's body, no arrow leaves it on its right.
    start = ((edge + CLEAR + dx, middle), corner) if network.strided else (corner,)
    added_input.draw(pen, head, start, y - added_input.high(), plus)


def _way(
    pen: Pen,
    stairs: Stairs,
    before: LevelRow,
    row: LevelRow,
    tops: list[float],
    heights: list[float],
    dx: float,
    group: str,
) -> None:
    here, there = tops[row.level], tops[before.level]
    x = stairs.lefts[row.side, row.level] + OVERLAP / 2 + dx
    # A level that keeps the size of the one above is drawn below it all the same.
    level_way = row.way is not None or row.rich
    group = row.way.group if row.way and not (row.way_in_block and row.steps) else group
    if row.side == "encoder":
        y0, y1 = there + heights[before.level] + CLEAR, here - CLEAR
        pen.arrow("down" if level_way else "conv", (x, y0), (x, y1), group)
        at, text = (x - INWARD, (y0 + y1) / 2), "end"
    else:
        y0, y1 = there - CLEAR, here + heights[row.level] + CLEAR
        pen.arrow("up" if level_way or not stairs.network.strided else "conv", (x, y0), (x, y1), group)
        # The label of a head in the row below stands beside the factor: that moves up.
        headed = HEADED if before.level in stairs.network.heads else 0.0
        at, text = (x + INWARD, (y0 + y1) / 2 - headed), "start"
    if factors(stairs.network) and level_way:
        size = sizes(way_factor(stairs.network, row))
        pen.text_mid(at, size, anchor=text, size=SMALL, role="factor", group=group)  # type: ignore[arg-type]
