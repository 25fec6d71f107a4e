"""The grid view: the circles that `grid_layout` has placed, drawn, and the ways between them."""

from __future__ import annotations

import math
from collections.abc import Callable

from unetgen.emit.figure import added_input, fonts
from unetgen.emit.figure.beside import BESIDE, stacked
from unetgen.emit.figure.drawn_grid import Link
from unetgen.emit.figure.drawn_u import Operation
from unetgen.emit.figure.grid_layout import (
    END,
    FUSE_ABOVE,
    FUSE_ASIDE,
    HEAD_ABOVE,
    HEAD_HEIGHT,
    HEAD_WIDTH,
    PITCH,
    RADIUS,
    RISE,
    SIDE,
    Grid,
    Standing,
    angle_to,
    label,
    lines_left,
    rise,
    towards,
)
from unetgen.emit.figure.pen import ABOVE, CLEAR, OUTLINE, TEXT, THIN, THIN_DASH, Pen
from unetgen.emit.figure.shapes import Point
from unetgen.emit.figure.themes import Stroke

CLIMB = 8.0
"""How much further out a way up over several levels bends for every one of them."""
NEAR = 1.4
"""Weight of a skip to the next node of its row."""
LOW = 28.0
"""Degrees at which the shortest arc leaves the side of a circle."""
SPREAD = 19.0
"""Most degrees between two ways that meet a circle side by side."""


def draw(pen: Pen, grid: Grid, left: float, top: float) -> float:
    """Put the grid on the list; returns the y below it."""
    dx, dy = left - grid.left, top + grid.top
    at = {key: (x + dx, y + dy) for key, (x, y) in grid.centres.items()}
    ends = _ports(grid)
    for link in grid.network.links:
        _ROUTES[link.route](pen, link, at[link.source], at[link.target], ends)
    for key, cell in grid.network.cells.items():
        pen.circle(at[key], RADIUS, "copied" if cell.nested else "map", "cell", cell.group)
        text = label(grid.network, key)
        size = min(TEXT, TEXT * 2 * (RADIUS - 1.2) / fonts.advance(text, TEXT))
        pen.text_mid(at[key], text, size=max(size, 5.0), role="count", group=cell.group)
    first = grid.network.first
    for level in grid.network.levels:
        x, y = at[grid.network.row(level)[0].key]
        start = x - RADIUS - (SIDE + END if level == first[0] else 0.0)
        _left(pen, lines_left(grid.network, level), (start - BESIDE, y))
    _input(pen, grid.network.input, at[first], grid.network.cells[first].group)
    for head in grid.heads:
        _head(pen, grid, head, at[head.key], dx)
    if grid.network.fuse:
        _fused(pen, grid, grid.network.fuse, at, grid.right - grid.behind + dx)
    if adding := added_input.added(grid.network):
        _added(pen, grid, adding, at[first], at[grid.network.row(0)[0].key][1], dx)
    below = any(head.side == "below" for head in grid.heads)
    return max(y for _, y in at.values()) + RADIUS + below * (HEAD_ABOVE + HEAD_HEIGHT + PITCH)


def _left(pen: Pen, texts: tuple[str, ...], at: Point) -> None:
    y = at[1] - PITCH * (len(texts) - 1) / 2
    for text in texts:
        pen.text_mid((at[0], y), text, anchor="end", role="size")
        y += PITCH


def _input(pen: Pen, entry: Operation, centre: Point, group: str) -> None:
    x, y = centre[0] - RADIUS - SIDE - END, centre[1]
    pen.box(x, y - RADIUS, END, 2 * RADIUS, "input", entry.group)
    pen.text((x + END / 2, y - RADIUS - ABOVE), str(entry.spec.channels), group=entry.group)
    pen.arrow("conv", (x + END + CLEAR, y), (centre[0] - RADIUS - CLEAR, y), group)


def _head(pen: Pen, grid: Grid, head: Standing, centre: Point, dx: float) -> None:
    (x, y), group = centre, head.operation.group
    if head.side == "right":
        start = head.at + dx
        pen.box(start, y - RADIUS, END, 2 * RADIUS, "head", group)
        pen.arrow("head", (x + RADIUS + CLEAR, y), (start - CLEAR, y), group)
        count = str(head.operation.spec.channels)
        pen.text((start + END / 2, y - RADIUS - ABOVE), count, group=group)
        stacked(pen, list(head.text), (start + END + head.behind + BESIDE, y))
        return
    if head.side == "below":
        _below(pen, head, centre, dx)
        return
    more = FUSE_ABOVE if grid.network.fuse else 0.0
    foot = y - _raised(grid, head.key[0])
    top = (head.at + dx, foot + CLEAR)
    pen.slanted("head", towards(centre, angle_to(centre, top)), top, group)
    x = head.at + dx
    pen.box(x - HEAD_WIDTH / 2, foot - HEAD_HEIGHT, HEAD_WIDTH, HEAD_HEIGHT, "head", group)
    for text in head.text:
        pen.text((x, foot - HEAD_HEIGHT - more - ABOVE), text, role="size")


def _below(pen: Pen, head: Standing, centre: Point, dx: float) -> None:
    x, top = head.at + dx, centre[1] + RADIUS + HEAD_ABOVE
    tip = (x, top - CLEAR)
    pen.slanted("head", towards(centre, angle_to(centre, tip)), tip, head.operation.group)
    pen.box(x - HEAD_WIDTH / 2, top, HEAD_WIDTH, HEAD_HEIGHT, "head", head.operation.group)
    for text in head.text:
        baseline = top + HEAD_HEIGHT + ABOVE + fonts.cap_height(TEXT)
        pen.text((x, baseline), text, role="size")


def _raised(grid: Grid, level: int) -> float:
    """From the middle of a row to the lower edge of the heads above it."""
    return max(RADIUS, rise(grid.network, level) if level == 0 else RADIUS) + HEAD_ABOVE


def _added(pen: Pen, grid: Grid, head: Operation, first: Point, y: float, dx: float) -> None:
    """The line from the input, left of `first`, over the top row at `y` to the addition behind `head`."""
    (x, beside), channels = first, grid.network.input.spec.channels
    start = ((x - RADIUS - SIDE + added_input.branch(channels, END), beside),)
    lid = y - grid.top + OUTLINE / 2
    behind, aside = added_input.behind(head.spec.channels, END), None
    if head is grid.network.fuse:
        edge = grid.right - grid.behind + dx
        if any(standing.above for standing in grid.heads):
            edge, aside = edge - FUSE_ASIDE, edge + added_input.ASIDE
        added_input.draw(pen, head, start, lid, (edge + behind, y), aside)
        return
    standing = next(each for each in grid.heads if each.operation is head)
    if standing.above:
        half = max([HEAD_WIDTH, *(fonts.advance(text, TEXT) for text in standing.text)]) / 2
        aside = standing.at + added_input.past(HEAD_WIDTH, half) + dx
        plus = (standing.at + HEAD_WIDTH / 2 + added_input.NEXT + dx, y - _raised(grid, 0) - HEAD_HEIGHT / 2)
        added_input.draw(pen, head, start, lid, plus, aside)
    else:
        added_input.draw(pen, head, start, lid, (standing.at + END + behind + dx, y), aside)


def _ports(grid: Grid) -> dict[tuple[Link, bool], float]:
    """At which angle every way that shares a side of a circle leaves its source (False), meets its target."""
    ends: dict[tuple[Link, bool], float] = {}
    for key in grid.centres:
        for arriving in (False, True):
            touching = [
                link for link in grid.network.links if (link.target if arriving else link.source) == key
            ]
            for route, side in (("over", 1), ("across", 1), ("across", -1), ("climb", 1)):
                links = [link for link in touching if link.route == route and _side(link) == side]
                ends |= _spread(links, arriving, route, side)
    return ends


def _side(link: Link) -> int:
    """-1 where a way across leads to a coarser level; 1 for every other way."""
    return -1 if link.route == "across" and link.target[0] > link.source[0] else 1


def _spread(links: list[Link], arriving: bool, route: str, side: int) -> dict[tuple[Link, bool], float]:
    """Ways of one sort at a circle, the longest first, at even angles in the room that is theirs."""
    links = sorted(
        links, key=lambda link: -abs(link.target[0] - link.source[0]) - abs(link.target[1] - link.source[1])
    )
    angles = {}
    for index, link in enumerate(links):
        if route == "over":
            # The longer, the nearer to the top: it stays outside the others, and short ones cross steeply.
            spans = [link.target[1] - link.source[1] for link in links]
            angle = LOW + (spans[index] - 2) * min(SPREAD, 48 / max(spans[0] - 2, 1))
            angles[link, arriving] = 180 - angle if arriving else angle
        elif route == "across":
            nearest = len(links) - index
            angle = nearest * min(SPREAD, (42 if not arriving or side > 0 else 62) / len(links))
            angles[link, arriving] = 180 + side * angle if arriving else side * angle
        else:
            # The longest is the outermost at both of its ends.
            angle = index * min(SPREAD, (56 if arriving else 40) / len(links))
            angles[link, arriving] = -46 - angle if arriving else 12 + angle
    return angles


def _straight(kind: Stroke) -> Callable[..., None]:
    def route(pen: Pen, link: Link, start: Point, end: Point, ends: object) -> None:
        angle = angle_to(start, end)
        pen.slanted(kind, towards(start, angle), towards(end, angle + 180), link.group)

    return route


def _next(pen: Pen, link: Link, start: Point, end: Point, ends: object) -> None:
    pen.slanted("skip", towards(start, 0), towards(end, 180), link.group, NEAR)


def _over(pen: Pen, link: Link, start: Point, end: Point, ends: dict[tuple[Link, bool], float]) -> None:
    """An arc above the row; its middle stands 6 higher for every column that it passes over."""
    tail, tip = towards(start, ends[link, False]), towards(end, ends[link, True])
    peak = start[1] - RISE * (link.target[1] - link.source[1])
    control = ((tail[0] + tip[0]) / 2, 2 * peak - (tail[1] + tip[1]) / 2)
    pen.thin("skip", (tail, control, tip), "far", link.group, curve=True)


def _across(pen: Pen, link: Link, start: Point, end: Point, ends: dict[tuple[Link, bool], float]) -> None:
    tail, tip = towards(start, ends[link, False]), towards(end, ends[link, True])
    pen.thin("skip", (tail, tip), "far", link.group, curve=False)


def _climb(pen: Pen, link: Link, start: Point, end: Point, ends: dict[tuple[Link, bool], float]) -> None:
    """An arc outside the decoder's edge, the further out the more levels it passes."""
    tail, tip = towards(start, ends[link, False]), towards(end, ends[link, True])
    length, out = math.dist(tail, tip), CLIMB * (link.source[0] - link.target[0])
    across, down = (tip[0] - tail[0]) / length, (tip[1] - tail[1]) / length
    control = ((tail[0] + tip[0]) / 2 - down * out, (tail[1] + tip[1]) / 2 + across * out)
    pen.thin("up", (tail, control, tip), "far up", link.group, curve=True)


_ROUTES: dict[str, Callable[..., None]] = {
    "down": _straight("down"), "up": _straight("up"), "next": _next, "over": _over, "across": _across,
    "climb": _climb,
}  # fmt: skip


def _fused(pen: Pen, grid: Grid, fuse: Operation, at: dict[tuple[int, int], Point], right: float) -> None:
    """The box right of everything, reached along the edge of the figure from every head that it takes."""
    edge = right - (FUSE_ASIDE if any(head.above for head in grid.heads) else 0.0)
    x = edge - END / 2
    highest = grid.network.row(0)[0].key  # the input may stand there in place of the first circle
    y, shift = at[highest][1], at[highest][0] - grid.centres[highest][0]
    top, bottom = y - RADIUS, y + RADIUS
    pen.box(edge - END, top, END, 2 * RADIUS, "head", fuse.group)
    pen.text((x, top - ABOVE), str(fuse.spec.channels), group=fuse.group)
    fed = {name for node in fuse.nodes for name in node.inputs}
    heads = [head for head in grid.heads if any(node.name in fed for node in head.operation.nodes)]
    beside = [head for head in heads if not head.above]
    for index, head in enumerate(sorted(beside, key=lambda head: -head.key[0])):
        foot = (head.at + END / 2 + shift, at[head.key][1] + RADIUS)
        turn = foot[1] + 3.0
        if index == 0:
            turn = max(turn, bottom + 7.0)
            whole = (foot, (foot[0], turn), (x, turn), (x, bottom + CLEAR))
            pen.thin("head", whole, "fuse", fuse.group, curve=False)
        else:
            pen.path((foot, (foot[0], turn), (x, turn)), "fuse", THIN, THIN_DASH, fuse.group, kind="head")
    raised = sorted(head.at + shift for head in heads if head.above and head.key[0] == 0)
    crown = y - _raised(grid, 0) - HEAD_HEIGHT
    # An addition behind the box takes the middle of that side.
    entry = y - RADIUS + 3.0 if grid.behind else y
    for index, middle in enumerate(raised):
        corners = ((middle, crown - 0.3), (middle, crown - FUSE_ABOVE), (right, crown - FUSE_ABOVE))
        if index == 0:
            aside = (*corners, (right, entry), (right - FUSE_ASIDE + CLEAR, entry))
            pen.thin("head", aside, "fuse", fuse.group, curve=False)
        else:
            pen.path(corners[:2], "fuse", THIN, THIN_DASH, fuse.group, kind="head")
