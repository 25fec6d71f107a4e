"""The block view: what `block_layout` has placed, drawn."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from unetgen.emit.figure import added_input, fonts, gates
from unetgen.emit.figure.beside import BESIDE, beside, stacked
from unetgen.emit.figure.block_layout import HEAD_BOX, Blocks, PlacedRow, edge, head_left
from unetgen.emit.figure.bracket import BEFORE, above, below, crown, foot
from unetgen.emit.figure.drawn_u import DrawnU, Join, LevelRow, Operation
from unetgen.emit.figure.fusing import AWAY, fused, taken
from unetgen.emit.figure.measures import factors, size_text, way_factor
from unetgen.emit.figure.pen import ABOVE, CLEAR, PLUS, SMALL, SMALL_PLUS, TEXT, Anchor, Pen
from unetgen.emit.figure.themes import WEIGHTS, Stroke
from unetgen.plan.tensor import sizes

ROW_GAP = 22.0
UNDER = 2.2
"""From a box, or the bracket below it, to the size below."""
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
    if head := added_input.added(network):
        _added(pen, blocks, head, tops[0], dx)
    bottom = blocks.lines[network.depth - 1]
    return tops[-1] + bottom.height + _below(bottom)


def _added(pen: Pen, blocks: Blocks, head: Operation, top: float, dx: float) -> None:
    """The line from the input over the top row to the addition behind `head`."""
    network, first = blocks.network, blocks.lines[0]
    last = next(line for line in blocks.lines if line.row is network.last(0))
    middle, width = top + first.height / 2, HEAD_BOX + first.depth
    left = head_left(last)
    if head is network.fuse:
        left, width = blocks.right - taken(network) + AWAY, HEAD_BOX
    x = first.left + first.slots[0].width + first.slots[0].branch(first.depth) + dx
    plus = (left + width + added_input.behind(head.spec.channels, width) + dx, middle)
    added_input.draw(pen, head, ((x, middle),), top - first.depth - added_input.high(), plus)


def _below(line: PlacedRow) -> float:
    """How far brackets and sizes reach below the boxes of a row."""
    sized = any(slot.under for slot in line.slots)
    return foot(line.row) + (UNDER + fonts.cap_height(SMALL) if sized else 0.0)


def line_height(blocks: Blocks, level: int) -> float:
    """The height of a level's boxes."""
    return blocks.lines[level].height


def _tops(blocks: Blocks, top: float) -> list[float]:
    """The top of every level's boxes."""
    labels = fonts.cap_height(TEXT) + ABOVE + CLEAR
    tops: list[float] = []
    y = top + labels + added_input.over(blocks.network)
    for level in range(blocks.network.depth):
        line = blocks.lines[level]
        y += line.depth + max(0.0, crown(line.row) - labels)
        tops.append(y)
        same = [line for line in blocks.lines if line.row.level == level]
        y += line.height + ROW_GAP + max(_below(line) for line in same)
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
        if slot.under:
            y = top + line.height + _below(line)
            pen.text((at + slot.under_at + dx, y), slot.under, size=SMALL, role="size", group=slot.group)
        if index:
            before = line.slots[index - 1]
            tail = line.lefts[index - 1] + before.width + before.leave(depth)
            pen.arrow("conv", (tail + dx, middle), (at - CLEAR + dx, middle), slot.group)
        for join, source in slot.shortcuts:
            _shortcut(pen, line, (index, source), join, top, dx)
    if row.side == "encoder":
        text = size_text(row.entry.spatial, short=False)
        pen.text_mid((line.left - BESIDE + dx, middle), text, anchor="end", role="size")
    _right(pen, network, line, top, dx)


def _shortcut(pen: Pen, line: PlacedRow, ends: tuple[int, int], join: Join, top: float, dx: float) -> None:
    """The bracket of a shortcut between the slots that `ends` names, the last one first."""
    (index, source), depth, middle, bottom = ends, line.depth, top + line.height / 2, top + line.height
    slot = line.slots[index]
    plus = (line.lefts[index] + slot.width + depth + 1.0 + SMALL_PLUS + dx, middle)
    arrow = line.lefts[0] + line.slots[0].stem + dx
    if source == BEFORE:
        above(pen, join, arrow, top - depth, plus)
        return
    first = line.slots[source]
    x = line.lefts[source] + first.width + dx
    start = (x - 0.3, bottom)
    if first.circle:
        # An addition has no edge below: the shortcut branches from the arrow that leaves it.
        start = (x + CLEAR + 1.5, middle)
    elif first.plus and source < index:
        # So does one that begins where another ends.
        start = (x + first.leave(depth) + 1.0, middle)
    below(pen, join, start, bottom, plus, arrow if line.row.side == "decoder" and source == 0 else None)


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
        end = start + HEAD_BOX + depth + added_input.room(network, head, HEAD_BOX + depth)
    elif line.slots[-1].plus:
        end = line.stem + 1.0
    stacked(pen, beside(network, row, short=False), (end + BESIDE + dx, middle))


def _way(pen: Pen, network: DrawnU, before: PlacedRow, line: PlacedRow, tops: list[float], dx: float) -> None:
    """The vertical arrow between two rows, and its factor on the outer side."""
    row = line.row
    if row.way is None:
        return
    x, here, there = line.lefts[0] + line.slots[0].stem + dx, tops[row.level], tops[before.row.level]
    if row.side == "encoder":
        y0 = there + before.height + CLEAR
        y1 = here - CLEAR
        outer = (y0 + y1) / 2
    else:
        y0 = there - before.depth - ABOVE - fonts.cap_height(TEXT) - 1.2
        y1 = here + line.height + CLEAR
        outer = (y0 + here + line.height) / 2
        if line.slots[0].circle:
            y1 = here + line.height / 2 + PLUS + CLEAR
    kind: Stroke = "down" if row.side == "encoder" else "up"
    if before.slots[-1].circle:  # an addition without a block behind it
        y0 = there + before.height / 2 - PLUS - CLEAR
    if before.slots[-1].plus:
        # What leaves a block leaves from behind its last addition.
        y0 = there + before.height / 2
        if not _goes_on(network, before.row):
            path = ((before.start + dx, y0), (x + WEIGHTS[kind] / 2, y0))
            pen.path(path, "fork", WEIGHTS[kind], (), row.way.group, kind)
    pen.arrow(kind, (x, y0), (x, y1), row.way.group)
    if factors(network):
        # Between the rows, even where the arrow begins or ends in the middle of one.
        at, anchor = _outside(row, x)
        text = sizes(way_factor(network, row))
        pen.text_mid((at, outer), text, anchor=anchor, size=SMALL, role="factor", group=row.way.group)


def _goes_on(network: DrawnU, row: LevelRow) -> bool:
    """Whether a skip or a head leaves the row, too."""
    merged = row.side == "encoder" and row.level in network.decoder and network.decoder[row.level].merge
    return bool(merged) or (row.level in network.heads and network.last(row.level) is row)


def _outside(row: LevelRow, x: float) -> tuple[float, Anchor]:
    return (x - 3.0, "end") if row.side == "encoder" else (x + 3.0, "start")


def groups(network: DrawnU) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The nodes behind every group that this view draws."""
    for operation in network.operations:
        yield operation.group, tuple(node.name for node in operation.nodes)
