"""The block view: what `block_layout` has placed, drawn."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from unetgen.emit.figure import fonts, gates
from unetgen.emit.figure.beside import BESIDE, beside, stacked
from unetgen.emit.figure.block_layout import HEAD_BOX, Blocks, PlacedRow, edge, head_left
from unetgen.emit.figure.bracket import BELOW, bracket, foot
from unetgen.emit.figure.drawn_u import DrawnU, LevelRow
from unetgen.emit.figure.fusing import AWAY, fused, taken
from unetgen.emit.figure.measures import factors, size_text, way_factor
from unetgen.emit.figure.pen import ABOVE, CLEAR, PLUS, SMALL, SMALL_PLUS, TEXT, Anchor, Pen
from unetgen.plan.tensor import sizes

ROW_GAP = 22.0
LOOP = 1.8
"""Radius of the arrow round in a box whose convolution runs several times with the same weights."""


def draw(pen: Pen, blocks: Blocks, left: float, top: float) -> float:
    """Put the rows on the list, the figure's left edge at `left`; returns the y below the lowest."""
    network, dx = blocks.network, left - blocks.left
    tops = _tops(blocks, top)
    for line in blocks.lines:
        _tensors(pen, network, line, tops[line.row.level], dx)
    by = {(line.row.side, line.row.level): line for line in blocks.lines}
    for before, line in pairwise(blocks.lines):
        _way(pen, network, before, line, tops, dx)
    for level, row in network.decoder.items():
        if row.merge:
            y = tops[level] + line_height(blocks, level) / 2
            line = by["decoder", level]
            way = (line.left + line.slots[0].stem + dx, tops[level] + line.height)
            gates.skip(pen, row, by["encoder", level].start + dx, line.left + dx, y, way)
    if network.fuse:
        feet = []
        for level in network.heads:
            line = by[network.last(level).side, level]
            feet.append((head_left(line) + HEAD_BOX / 2 + dx, tops[level] + line.height))
        start = blocks.right - taken(network) + AWAY + dx
        fused(pen, network, network.fuse, feet, start, tops[0], blocks.lines[0].height)
    bottom = blocks.lines[network.depth - 1]
    return tops[-1] + bottom.height + (foot(bottom.row) if bottom.row.joins else 0.0)


def line_height(blocks: Blocks, level: int) -> float:
    """The height of a level's boxes."""
    return blocks.lines[level].height


def _tops(blocks: Blocks, top: float) -> list[float]:
    """The top of every level's boxes."""
    labels = fonts.cap_height(TEXT) + ABOVE + CLEAR
    tops: list[float] = []
    y = top + labels
    for level in range(blocks.network.depth):
        line = blocks.lines[level]
        y += line.depth
        tops.append(y)
        joined = any(row.joins for row in blocks.network.rows if row.level == level)
        y += line.height + ROW_GAP + (BELOW + 4.0 if joined else 0.0)
    return tops


def _tensors(pen: Pen, network: DrawnU, line: PlacedRow, top: float, dx: float) -> None:
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
            if slot.loops:
                pen.loop((x - slot.boxes[-1][1] / 2, middle), LOOP, slot.group)
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
            arrow = line.stem if row.side == "encoder" else line.lefts[0] + line.slots[0].stem
            vertical = None if row is network.encoder[-1] else arrow + dx
            bottom = top + line.height
            start = (line.lefts[source] + 0.3 + dx, bottom)
            if line.slots[source].circle:
                # An addition has no edge below: the shortcut branches from the arrow that leaves it.
                start = (line.lefts[source] + 2 * PLUS + CLEAR + 1.5 + dx, middle)
            elif line.slots[source].plus and source < index:
                # So does one that begins where another ends.
                before = line.slots[source]
                start = (line.lefts[source] + before.width + before.leave(depth) + 1.0 + dx, middle)
            bracket(pen, join, start, bottom, centre, vertical, row)
    if row.side == "encoder":
        text = size_text(row.entry.spatial, short=False)
        pen.text_mid((line.left - BESIDE + dx, middle), text, anchor="end", role="size")
    _right(pen, network, line, top, dx)


def _right(pen: Pen, network: DrawnU, line: PlacedRow, top: float, dx: float) -> None:
    """The row's head, and what stands right of it."""
    row, depth, middle, lid = line.row, line.depth, top + line.height / 2, top - line.depth
    end = edge(line)
    if row.level in network.heads and network.last(row.level) is row:
        head, start = network.heads[row.level], head_left(line)
        pen.box(start + dx, top, HEAD_BOX, line.height, "head", head.group, depth)
        pen.arrow("head", (line.start + dx, middle), (start - CLEAR + dx, middle), head.group)
        label = str(head.spec.channels)
        pen.text((start + (HEAD_BOX + depth) / 2 + dx, lid - ABOVE), label, group=head.group)
        end = start + HEAD_BOX + depth
    stacked(pen, beside(network, row, short=False), (end + BESIDE + dx, middle))


def _way(pen: Pen, network: DrawnU, before: PlacedRow, line: PlacedRow, tops: list[float], dx: float) -> None:
    """The vertical arrow between two rows, and its factor on the outer side."""
    row = line.row
    if row.way is None:
        return
    x, here, there = line.lefts[0] + line.slots[0].stem + dx, tops[row.level], tops[before.row.level]
    if row.side == "encoder":
        y0 = there + before.height + CLEAR + (BELOW if before.row.joins else 0.0)
        y1 = here - CLEAR
        pen.arrow("down", (x, y0), (x, y1), row.way.group)
    else:
        y0 = there - before.depth - ABOVE - fonts.cap_height(TEXT) - 1.2
        y1 = here + line.height + CLEAR + (BELOW if row.joins else 0.0)
        if line.slots[0].circle:
            y1 = here + line.height / 2 + PLUS + CLEAR
        pen.arrow("up", (x, y0), (x, y1), row.way.group)
    if factors(network):
        # Between the rows, even where the arrow goes on to the addition in the middle of one.
        middle = (y0 + (y1 if row.side == "encoder" else here + line.height)) / 2
        at, anchor = _outside(row, x)
        text = sizes(way_factor(network, row))
        pen.text_mid((at, middle), text, anchor=anchor, size=SMALL, role="factor", group=row.way.group)


def _outside(row: LevelRow, x: float) -> tuple[float, Anchor]:
    return (x - 3.0, "end") if row.side == "encoder" else (x + 3.0, "start")


def groups(network: DrawnU) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The nodes behind every group that this view draws."""
    for operation in network.operations:
        yield operation.group, tuple(node.name for node in operation.nodes)
