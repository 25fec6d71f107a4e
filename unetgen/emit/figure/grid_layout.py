"""The layout of the grid view: a circle a node, as UNet++ is drawn; levels are rows, and ways have paths."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from unetgen.emit.figure import added_input, fonts
from unetgen.emit.figure.beside import BESIDE, output
from unetgen.emit.figure.drawn_grid import DrawnGrid, Key
from unetgen.emit.figure.drawn_u import Operation
from unetgen.emit.figure.measures import size_text
from unetgen.emit.figure.pen import ABOVE, OUTLINE, TEXT
from unetgen.emit.figure.shapes import Point

RADIUS = 8.5
RISE = 6.0
"""How much higher an arc is for every column that it passes over."""
NARROWEST, WIDEST = 27.0, 46.0
"""From one column to the next."""
STEEP = 0.72
"""A row's height as a share of a column's width, where nothing needs more."""
LOWEST = 30.0
SIDE, END = 12.0, 6.0
"""From a circle to the input or a head, and what these take."""
HEAD_HEIGHT, HEAD_WIDTH, HEAD_ABOVE = 6.0, 10.0, 7.0
LONGEST, APART = 60.0, 3.0
"""Widest name beside a head, and least distance of two names."""
NEAR_WAY = 9.0
"""How far a name above a head may reach towards the way up beside it."""
FUSE_ABOVE, FUSE_ASIDE = 3.0, 7.0
"""Room for what leads from the heads above to the one output of all."""
MARGIN = 1.5
PITCH = TEXT + 1.5
"""From a line of text to the next."""


@dataclass(frozen=True)
class Standing:
    """A head in its place: right of the last circle of a row, above any other, or below the bottom's."""

    operation: Operation
    key: Key
    side: Literal["right", "above", "below"]
    at: float
    """Its left edge, or above or below a circle its middle."""
    text: tuple[str, ...]
    behind: float = 0.0
    """What an addition of the input takes on its right."""

    @property
    def above(self) -> bool:
        """Whether it stands above its circle."""
        return self.side == "above"


@dataclass(frozen=True)
class Grid:
    """Every circle in its place; x starts at the first one's middle, y at the top row's."""

    network: DrawnGrid
    centres: Mapping[Key, Point]
    heads: tuple[Standing, ...]
    left: float
    right: float
    top: float
    """How far the figure reaches above the first row's middles."""
    behind: float = 0.0
    """What the addition of the input takes right of the one output of all heads."""

    @property
    def width(self) -> float:
        return self.right - self.left


def grid(network: DrawnGrid, width: float) -> Grid | None:
    """The circles as far apart as `width` allows, or nothing where it is too narrow."""
    room = width - 2 * MARGIN
    if _placed(network, NARROWEST).width > room:
        return None
    low, high = NARROWEST, WIDEST
    if _placed(network, high).width <= room:
        return _placed(network, high)
    for _ in range(24):
        middle = (low + high) / 2
        low, high = (middle, high) if _placed(network, middle).width <= room else (low, middle)
    return _placed(network, low)


def lines_left(network: DrawnGrid, level: int) -> tuple[str, ...]:
    """What stands left of a row: its size, and its channels where circles have their places in them."""
    row = network.row(level)
    first = row[0].spec
    size = size_text(first.spatial, short=True)
    if not network.nested:
        return (size,)
    counts = [cell.spec.channels for cell in row]
    span = str(counts[0]) if len(set(counts)) == 1 else f"{min(counts)}–{max(counts)}"
    return size, f"{span} ch."


def label(network: DrawnGrid, key: Key) -> str:
    """What stands in a circle: its level and column, or the channels of its tensor."""
    return (
        f"{key[0]},{network.cells[key].column}" if network.nested else str(network.cells[key].spec.channels)
    )


def rise(network: DrawnGrid, level: int) -> float:
    """How high the arcs of a row stand above its middles."""
    spans = [t[1] - s[1] for s, t, r in _routes(network) if r == "over" and s[0] == level]
    return RISE * max(spans, default=0)


def bulge(network: DrawnGrid) -> float:
    """How far the ways up a decoder over several levels stand out from it."""
    spans = [s[0] - t[0] for s, t, r in _routes(network) if r == "climb"]
    return RISE * max(spans, default=0)


def _routes(network: DrawnGrid) -> list[tuple[Key, Key, str]]:
    return [(link.source, link.target, link.route) for link in network.links]


def _placed(network: DrawnGrid, pitch: float) -> Grid:
    centres: dict[Key, Point] = {}
    y = 0.0
    stacked = {key for key, _, _ in network.heads if key[0] > 0 and not _last(network, key)}
    for level in network.levels:
        if level > network.levels[0]:
            above = rise(network, level)
            needed = above + RADIUS + 6.0 if above else 0.0
            if any(key[0] == level for key in stacked):
                needed = max(needed, RADIUS + HEAD_ABOVE + HEAD_HEIGHT + PITCH + 4.0)
            y += max(LOWEST, STEEP * pitch, RADIUS + needed)
        for cell in network.row(level):
            centres[cell.key] = ((cell.key[1] + level / 2) * pitch, y)
    heads = _standing(network, centres, pitch)
    entry = centres[network.first][0] - RADIUS - SIDE - END
    count = fonts.advance(str(network.input.spec.channels), TEXT)
    lefts = [entry + (END - count) / 2]
    rights = [x + RADIUS for x, _ in centres.values()]
    for level in network.levels:
        begin = centres[network.row(level)[0].key][0] - RADIUS
        start = entry if level == network.first[0] else begin
        text = max(fonts.advance(line, TEXT) for line in lines_left(network, level))
        lefts.append(start - BESIDE - text)
    for head in heads:
        text = max((fonts.advance(line, TEXT) for line in head.text), default=0.0)
        if head.side != "right":
            rights.append(head.at + max(text, HEAD_WIDTH) / 2 + head.behind)
        else:
            rights.append(head.at + END + head.behind + (BESIDE + text if text else 0.0))
    if out := bulge(network):
        rights.append(max(x for x, _ in centres.values()) + RADIUS + out / 4)
    top = RADIUS + ABOVE + fonts.cap_height(TEXT) + 1.0
    if any(head.above and head.key[0] == 0 for head in heads):
        top = max(rise(network, 0), RADIUS) + HEAD_ABOVE + HEAD_HEIGHT + PITCH
    top = max(top, rise(network, 0) + 1.0)
    behind = 0.0
    if network.fuse:
        raised = any(head.above for head in heads)
        rights.append(max(rights) + SIDE + END + (FUSE_ASIDE if raised else 0.0))
        top += FUSE_ABOVE if raised else 0.0
        behind = added_input.room(network, network.fuse, END)
        if behind and raised:
            behind = added_input.ASIDE + OUTLINE / 2
    if added_input.added(network):
        top += added_input.OVER
    return Grid(network, centres, heads, min(lefts), max(rights) + behind, top, behind)


def _last(network: DrawnGrid, key: Key) -> bool:
    return key == network.row(key[0])[-1].key


def _standing(network: DrawnGrid, centres: Mapping[Key, Point], pitch: float) -> tuple[Standing, ...]:
    """Every head: right of the last circle of its row, or above its circle and clear of the one before it."""
    heads: list[Standing] = []
    # Ways up outside the decoder keep the heads away from it: those stand in a column then.
    edge = max(x for x, _ in centres.values()) + 4.0 if bulge(network) else None
    beside: set[Key] = set()
    taken: dict[int, float] = {}
    for key, task, operation in sorted(network.heads, key=lambda head: head[0]):
        text = [task] if task else output(network.plan, operation)
        spatial = operation.spec.spatial
        known = ((), network.cells[key].spec.spatial)  # behind a stem a head has the input's size
        if spatial not in known and not any(node.place.part == "stem" for node in operation.nodes):
            text.append(size_text(spatial, short=True))
        behind = added_input.room(network, operation, END)
        below = _is_below(network, key, operation)
        if _last(network, key) and key not in beside and not below:
            beside.add(key)
            at = (centres[key][0] if edge is None else edge) + RADIUS + SIDE
            lines = tuple(fonts.cut(line, TEXT, LONGEST) for line in text)
            heads.append(Standing(operation, key, "right", at, lines, behind))
            continue
        lines = tuple(fonts.cut(line, TEXT, pitch - APART) for line in text)
        half = max([HEAD_WIDTH, *(fonts.advance(line, TEXT) for line in lines)]) / 2
        # Below the top row the way up passes on the right.
        aside = max(half - NEAR_WAY, 0.0) if key[0] and not below else 0.0
        at = max(centres[key][0] - aside, taken.get(key[0], -math.inf) + APART + half)
        behind = added_input.past(HEAD_WIDTH, half) - half if behind else 0.0
        taken[key[0]] = at + half + behind
        heads.append(Standing(operation, key, "below" if below else "above", at, lines, behind))
    return tuple(_past(head, taken) for head in heads)


def _is_below(network: DrawnGrid, key: Key, head: Operation) -> bool:
    """Whether `head` is one of several at the bottom, or ways to several decoders pass on its right.

    One that is fused with others stands where it is reached.
    """
    if key[0] != network.depth - 1 or _is_fused(network, head):
        return False
    ways = [route for source, _, route in _routes(network) if source == key and route == "up"]
    return len(ways) > 1 or [each for each, _, _ in network.heads].count(key) > 1


def _is_fused(network: DrawnGrid, head: Operation) -> bool:
    fed = {name for node in network.fuse.nodes for name in node.inputs} if network.fuse else set()
    return any(node.name in fed for node in head.nodes)


def _past(head: Standing, taken: Mapping[int, float]) -> Standing:
    """The head right of its row, clear of those above the row where a line comes down behind it."""
    if head.above or not head.behind:
        return head
    return replace(head, at=max(head.at, taken.get(head.key[0], -math.inf) + APART))


def towards(centre: Point, angle: float, radius: float = RADIUS + 1.0) -> Point:
    """The point at `angle` degrees (0 to the right, 90 up) from a circle's middle, just off its edge."""
    turn = math.radians(angle)
    return centre[0] + radius * math.cos(turn), centre[1] - radius * math.sin(turn)


def angle_to(start: Point, end: Point) -> float:
    """The direction of `end` from `start` in degrees, 0 to the right and 90 up."""
    return math.degrees(math.atan2(start[1] - end[1], end[0] - start[0]))
