"""The layout of the block view: every convolution's output is a box, and every way down or up is vertical."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from unetgen.emit.figure import added_input, fonts, gates
from unetgen.emit.figure.beside import BESIDE, beside
from unetgen.emit.figure.block_row import Slot, gap, row_slots
from unetgen.emit.figure.drawn_u import DrawnU, LevelRow
from unetgen.emit.figure.fusing import taken
from unetgen.emit.figure.measures import (
    Channels,
    Scale,
    depths,
    row_sizes,
    size_text,
)
from unetgen.emit.figure.pen import CLEAR, HEAD_WIDTH, TEXT

SHORTEST, LONGEST = 6.0, 16.0
"""Arrows of convolutions."""
SKIP_SHORTEST = 10.0
HEAD_GAP, HEAD_BOX = 12.0, 6.0
MARGIN = 1.5


@dataclass(frozen=True)
class PlacedRow:
    """A row with its place: the left edge of every slot; `depth` is the cuboid's offset."""

    row: LevelRow
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
        return self.lefts[-1] + self.slots[-1].fork(self.depth)

    @property
    def start(self) -> float:
        """Where an arrow to the right leaves it."""
        return self.right + self.slots[-1].leave(self.depth)


@dataclass(frozen=True)
class Blocks:
    """All rows in place; x starts at the figure's left edge, y is for drawing to find."""

    network: DrawnU
    lines: tuple[PlacedRow, ...]
    arrow: float
    left: float
    right: float

    @property
    def width(self) -> float:
        return self.right - self.left


def blocks(network: DrawnU, width: float, scale: Scale, cuboid: bool) -> Blocks | None:
    """The rows as wide as `width` allows with arrows of 6 to 16, or nothing where 6 is too long."""
    channels = Channels.of(network, scale)
    rows: dict[tuple[str, int], tuple[Slot, ...]] = {
        (row.side, row.level): row_slots(network, row, channels) for row in network.rows
    }
    room = width - 2 * MARGIN

    def placed(arrow: float) -> Blocks | None:
        return _placed(network, rows, arrow, cuboid)

    if (shortest := placed(SHORTEST)) is None or shortest.width > room:
        return None
    low, high = SHORTEST, LONGEST
    for _ in range(24):
        middle = (low + high) / 2
        trial = placed(middle)
        low, high = (middle, high) if trial and trial.width <= room else (low, middle)
    longest = placed(LONGEST)
    return longest if longest and longest.width <= room else placed(low)


def _placed(
    network: DrawnU, slots: dict[tuple[str, int], tuple[Slot, ...]], arrow: float, cuboid: bool
) -> Blocks | None:
    extra = 0.0
    for _ in range(3):
        lines = _lines(network, slots, arrow, cuboid, extra)
        by = {(line.row.side, line.row.level): line for line in lines}
        skips = [
            by["decoder", level].left - CLEAR - by["encoder", level].start - gates.room(row.merge)
            for level, row in network.decoder.items()
            if row.merge
        ]
        short = max((SKIP_SHORTEST - skip for skip in skips), default=0.0)
        if short <= 1e-6:
            left, right = _extent(network, lines)
            return Blocks(network, lines, arrow, left, right)
        between = len(slots["encoder", network.depth - 1]) - 1
        if between < 1:
            return None
        extra += short / between
    return None


def _lines(
    network: DrawnU, slots: dict[tuple[str, int], tuple[Slot, ...]], arrow: float, cuboid: bool, extra: float
) -> tuple[PlacedRow, ...]:
    """`extra` lengthens the bottom's arrows: the skip above needs room."""
    spatial, thick = row_sizes(network), depths(network)
    tallest = 72.0 if network.depth <= 2 else 64.0
    lines: list[PlacedRow] = []
    for row in network.rows:
        height = max(10.0, tallest * math.sqrt(spatial[row.level] / spatial[0]))
        depth = 7 * math.sqrt(thick[row.level] / thick[0]) if cuboid else 0.0
        line_slots = slots[row.side, row.level]
        left = lines[-1].stem - line_slots[0].stem if lines else 0.0
        lefts = [left]
        stretched = extra if row.side == "encoder" and row.level == network.depth - 1 else 0.0
        for one, two in pairwise(line_slots):
            lefts.append(lefts[-1] + one.width + gap(one, two, arrow, depth) + stretched)
        lines.append(PlacedRow(row, line_slots, tuple(lefts), height, depth))
    return tuple(lines)


def head_left(line: PlacedRow) -> float:
    """Where the head box right of a row stands."""
    return max(edge(line) + HEAD_GAP, line.start + SHORTEST + CLEAR)


def edge(line: PlacedRow) -> float:
    """Where a row's last tensor ends, its addition and its side face included."""
    return line.start - CLEAR if line.slots[-1].plus else line.right + line.depth


def _extent(network: DrawnU, lines: tuple[PlacedRow, ...]) -> tuple[float, float]:
    lefts, rights = [], []
    for line in lines:
        row, end = line.row, edge(line)
        lefts.append(line.left + min(0.0, line.slots[0].reach(line.depth)[0]))
        if row.side == "encoder":
            lefts.append(line.left - BESIDE - fonts.advance(size_text(row.entry.spatial, short=False), TEXT))
        if network.last(row.level) is row and row.level in network.heads:
            end = head_left(line) + HEAD_BOX + line.depth
            count = fonts.advance(str(network.heads[row.level].spec.channels), TEXT)
            rights.append(end - (HEAD_BOX + line.depth) / 2 + count / 2)
            end += added_input.room(network, network.heads[row.level], HEAD_BOX + line.depth)
        elif line.slots[-1].plus:
            end = line.stem + 1.0
        rights.append(end)
        rights += [end + BESIDE + fonts.advance(text, TEXT) for text in beside(network, row, short=False)]
        rights.append(line.stem + HEAD_WIDTH / 2)
        rights += [at + slot.reach(line.depth)[1] for at, slot in zip(line.lefts, line.slots, strict=True)]
    return min(lefts), max(rights) + taken(network)
