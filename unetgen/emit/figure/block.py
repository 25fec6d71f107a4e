"""The block view: every convolution's output is a box, and every way down or up is vertical."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from unetgen.emit.figure import fonts
from unetgen.emit.figure.block_row import Slot, gap, row_slots
from unetgen.emit.figure.content import Content, Row
from unetgen.emit.figure.measures import (
    Channels,
    Scale,
    depths,
    factors,
    row_sizes,
    size_text,
    way_factor,
)
from unetgen.emit.figure.pen import ABOVE, CLEAR, PLUS, SMALL, SMALL_PLUS, TEXT, Pen
from unetgen.emit.figure.residual import BELOW, bracket, foot
from unetgen.emit.tables import sizes

SHORTEST, LONGEST = 6.0, 16.0
"""Arrows of convolutions."""
SKIP_SHORTEST = 10.0
HEAD_GAP, HEAD_BOX = 12.0, 6.0
BESIDE = 4.0
"""From a row to its size or its loss."""
ROW_GAP = 22.0
MARGIN = 1.5


@dataclass(frozen=True)
class Line:
    """A row with its place: the left edge of every slot; `depth` is the cuboid's offset."""

    row: Row
    slots: tuple[Slot, ...]
    lefts: tuple[float, ...]
    height: float
    depth: float

    @property
    def left(self) -> float:
        return self.lefts[0]

    @property
    def right(self) -> float:
        return self.lefts[-1] + self.slots[-1].width

    @property
    def stem(self) -> float:
        """The x of the vertical arrow from its last tensor."""
        return self.lefts[-1] + self.slots[-1].stem

    @property
    def start(self) -> float:
        """Where an arrow to the right leaves it."""
        return self.right + self.slots[-1].leave(self.depth)


@dataclass(frozen=True)
class Blocks:
    """All rows in place; x starts at the figure's left edge, y is for drawing to find."""

    content: Content
    lines: tuple[Line, ...]
    arrow: float
    left: float
    right: float

    @property
    def width(self) -> float:
        return self.right - self.left


def blocks(content: Content, width: float, scale: Scale, cuboid: bool) -> Blocks | None:
    """The rows as wide as `width` allows with arrows of 6 to 16, or nothing where 6 is too long."""
    channels = Channels.of(content, scale)
    rows = {(row.side, row.level): row_slots(content, row, channels) for row in content.rows}
    room = width - 2 * MARGIN

    def placed(arrow: float) -> Blocks | None:
        return _placed(content, rows, arrow, cuboid)

    if (shortest := placed(SHORTEST)) is None or shortest.width > room:
        return None
    low, high = SHORTEST, LONGEST
    for _ in range(24):
        middle = (low + high) / 2
        found = placed(middle)
        low, high = (middle, high) if found and found.width <= room else (low, middle)
    longest = placed(LONGEST)
    return longest if longest and longest.width <= room else placed(low)


def _placed(
    content: Content, slots: dict[tuple[str, int], tuple[Slot, ...]], arrow: float, cuboid: bool
) -> Blocks | None:
    extra = 0.0
    for _ in range(3):
        lines = _lines(content, slots, arrow, cuboid, extra)
        by = {(line.row.side, line.row.level): line for line in lines}
        skips = [
            by["decoder", level].left - CLEAR - by["encoder", level].start
            for level, row in content.decoder.items()
            if row.merge
        ]
        short = max((SKIP_SHORTEST - skip for skip in skips), default=0.0)
        if short <= 1e-6:
            left, right = _extent(content, lines)
            return Blocks(content, lines, arrow, left, right)
        between = len(slots["encoder", content.depth - 1]) - 1
        if between < 1:
            return None
        extra += short / between
    return None


def _lines(
    content: Content, slots: dict[tuple[str, int], tuple[Slot, ...]], arrow: float, cuboid: bool, extra: float
) -> tuple[Line, ...]:
    """`extra` lengthens the bottom's arrows: the skip above needs room."""
    spatial, thick = row_sizes(content), depths(content)
    tallest = 72.0 if content.depth <= 2 else 64.0
    lines: list[Line] = []
    for row in content.rows:
        height = max(10.0, tallest * math.sqrt(spatial[row.level] / spatial[0]))
        depth = 7 * math.sqrt(thick[row.level] / thick[0]) if cuboid else 0.0
        own = slots[row.side, row.level]
        left = lines[-1].stem - own[0].stem if lines else 0.0
        lefts = [left]
        stretched = extra if row.side == "encoder" and row.level == content.depth - 1 else 0.0
        for one, two in pairwise(own):
            lefts.append(lefts[-1] + one.width + gap(one, two, arrow, depth) + stretched)
        lines.append(Line(row, own, tuple(lefts), height, depth))
    return tuple(lines)


def head_left(line: Line) -> float:
    """Where the head box right of a row stands."""
    return max(line.right + HEAD_GAP + line.depth, line.start + SHORTEST + CLEAR)


def beside(content: Content, row: Row) -> list[str]:
    """What stands right of a row: its loss, and its size where the network shrinks its input."""
    texts = []
    if row.level in content.heads and len(content.heads) > 1:
        texts.append(f"loss {list(content.heads).index(row.level)}")
    if content.shrinks and row.side == "decoder":
        texts.append(size_text(row.spec.spatial, short=False))
    return texts


def _extent(content: Content, lines: tuple[Line, ...]) -> tuple[float, float]:
    lefts, rights = [], []
    for line in lines:
        row, edge = line.row, line.right + line.depth
        if line.slots[-1].plus:
            edge = line.start - CLEAR
        lefts.append(line.left + min(0.0, line.slots[0].reach(line.depth)[0]))
        if row.side == "encoder":
            lefts.append(line.left - BESIDE - fonts.advance(size_text(row.entry.spatial, short=False), TEXT))
        if content.last(row.level) is row and row.level in content.heads:
            edge = head_left(line) + HEAD_BOX + line.depth
            count = fonts.advance(str(content.heads[row.level].spec.channels), TEXT)
            rights.append(edge - (HEAD_BOX + line.depth) / 2 + count / 2)
        texts = beside(content, row)
        rights += [edge + BESIDE + fonts.advance(text, TEXT) for text in texts] or [edge]
        rights += [at + slot.reach(line.depth)[1] for at, slot in zip(line.lefts, line.slots, strict=True)]
    return min(lefts), max(rights)


def draw(pen: Pen, found: Blocks, left: float, top: float) -> float:
    """Put the rows on the list, the figure's left edge at `left`; returns the y below the lowest."""
    content, dx = found.content, left - found.left
    tops = _tops(found, top)
    for line in found.lines:
        _tensors(pen, content, line, tops[line.row.level], dx)
    by = {(line.row.side, line.row.level): line for line in found.lines}
    for before, line in pairwise(found.lines):
        _way(pen, content, before, line, tops, dx)
    for level, row in content.decoder.items():
        if row.merge:
            y = tops[level] + line_height(found, level) / 2
            start, end = by["encoder", level].start, by["decoder", level].left - CLEAR
            pen.arrow("skip", (start + dx, y), (end + dx, y), row.merge.operation.group)
    bottom = found.lines[content.depth - 1]
    return tops[-1] + bottom.height + (foot(bottom.row) if bottom.row.joins else 0.0)


def line_height(found: Blocks, level: int) -> float:
    """The height of a level's boxes."""
    return found.lines[level].height


def _tops(found: Blocks, top: float) -> list[float]:
    """The top of every level's boxes."""
    labels = fonts.cap_height(TEXT) + ABOVE + CLEAR
    tops: list[float] = []
    y = top + labels
    for level in range(found.content.depth):
        line = found.lines[level]
        y += line.depth
        tops.append(y)
        joined = any(row.joins for row in found.content.rows if row.level == level)
        y += line.height + ROW_GAP + (BELOW + 4.0 if joined else 0.0)
    return tops


def _tensors(pen: Pen, content: Content, line: Line, top: float, dx: float) -> None:
    row, depth, middle = line.row, line.depth, top + line.height / 2
    lid = top - depth
    for index, (at, slot) in enumerate(zip(line.lefts, line.slots, strict=True)):
        x = at + dx
        if slot.circle:
            pen.plus((x + PLUS, middle), PLUS, slot.group)
        else:
            for fill, width in slot.boxes:
                pen.box(x, top, width, line.height, fill, slot.group, depth)
                x += width
        if slot.label and slot.beside:
            start = (at + dx + slot.stem + 3.0, lid - ABOVE)
            pen.text(start, slot.label, anchor="start", group=slot.group)
        elif slot.label:
            pen.text((at + dx + (slot.width + depth) / 2, lid - ABOVE), slot.label, group=slot.group)
        if index:
            before = line.slots[index - 1]
            tail = line.lefts[index - 1] + before.width + before.leave(depth)
            pen.arrow("conv", (tail + dx, middle), (at - CLEAR + dx, middle), slot.group)
        for join, source in slot.shortcuts:
            centre = (at + slot.width + depth + 1.0 + SMALL_PLUS + dx, middle)
            bracket(pen, join, line.lefts[source] + dx, top + line.height, centre, row)
    if row.side == "encoder":
        text = size_text(row.entry.spatial, short=False)
        pen.text_mid((line.left - BESIDE + dx, middle), text, anchor="end", role="size")
    edge = line.start - CLEAR if line.slots[-1].plus else line.right + depth
    if row.level in content.heads and content.last(row.level) is row:
        head, start = content.heads[row.level], head_left(line)
        pen.box(start + dx, top, HEAD_BOX, line.height, "head", head.group, depth)
        pen.arrow("head", (line.start + dx, middle), (start - CLEAR + dx, middle), head.group)
        label = str(head.spec.channels)
        pen.text((start + (HEAD_BOX + depth) / 2 + dx, lid - ABOVE), label, group=head.group)
        edge = start + HEAD_BOX + depth
    stacked(pen, beside(content, row), (edge + BESIDE + dx, middle))


def stacked(pen: Pen, texts: list[str], at: tuple[float, float]) -> None:
    """Lines of text right of `at`, centred on its height."""
    pitch = TEXT + 1.5
    y = at[1] - pitch * (len(texts) - 1) / 2
    for text in texts:
        pen.text_mid((at[0], y), text, anchor="start", role="size")
        y += pitch


def _way(pen: Pen, content: Content, before: Line, line: Line, tops: list[float], dx: float) -> None:
    row = line.row
    if row.way is None:
        return
    x, here, there = line.lefts[0] + line.slots[0].stem + dx, tops[row.level], tops[before.row.level]
    if row.side == "encoder":
        y0 = there + before.height + CLEAR + (BELOW if before.row.joins else 0.0)
        y1 = here - CLEAR
        pen.arrow("down", (x, y0), (x, y1), row.way.group)
        side: tuple[float, str] = (x - 3.0, "end")
    else:
        labels = ABOVE + fonts.cap_height(TEXT) + 1.2
        y0 = there - before.depth - labels
        y1 = here + line.height + CLEAR + (BELOW if row.joins else 0.0)
        if line.slots[0].circle:
            y1 = here + line.height / 2 + PLUS + CLEAR
        pen.arrow("up", (x, y0), (x, y1), row.way.group)
        side = (x + 3.0, "start")
    if factors(content):
        upper = min(here, there) + (line.height if here < there else before.height)
        middle = (upper + max(y0, y1 if row.side == "encoder" else y0)) / 2
        anchor = "end" if row.side == "encoder" else "start"
        text = sizes(way_factor(content, row))
        pen.text_mid((side[0], middle), text, anchor=anchor, size=SMALL, role="factor", group=row.way.group)


def groups(content: Content) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The nodes behind every group that this view draws."""
    for operation in content.operations:
        yield operation.group, tuple(node.name for node in operation.nodes)
