"""A row of the block view before it has a place: its tensors from left to right and the room between them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from unetgen.emit.figure import added_input, fonts
from unetgen.emit.figure.bracket import BEFORE
from unetgen.emit.figure.drawn_u import DrawnU, Join, LevelRow
from unetgen.emit.figure.measures import Channels, size_text
from unetgen.emit.figure.pen import CLEAR, HEAD_WIDTH, PLUS, SMALL, SMALL_PLUS, TEXT
from unetgen.emit.figure.themes import Fill

NARROW, RANGE = 6.0, 16.0
FORK = 4.0
"""From an addition to the vertical arrow that leaves behind it."""
APART = 2.0
"""Least distance of two labels, or of a label and a vertical arrow."""


@dataclass(frozen=True)
class Slot:
    """A tensor: one box, two abutting ones, or the circle of an addition; widths in points."""

    boxes: tuple[tuple[Fill, float], ...]
    label: str
    group: str | None
    beside: bool = False
    """The label stands right of an arrow that comes down on the box, not over the middle."""
    circle: bool = False
    plus: str | None = None
    """The group of an addition on its right, where a shortcut joins."""
    shortcuts: tuple[tuple[Join, int], ...] = ()
    """Shortcuts that end here, with the slot that they start from, or `BEFORE`."""
    branches: bool = False
    """Whether a line to the output branches from the arrow that leaves it."""
    loops: bool = False
    """Whether its convolution runs several times with the same weights."""

    under: str = ""
    """Its size, below it, where a convolution without padding has changed that."""
    aside: bool = False
    """Whether its size stands left of the way that leaves it, or comes to it, below."""

    @property
    def width(self) -> float:
        return sum(width for _, width in self.boxes)

    @property
    def stem(self) -> float:
        """Where the vertical arrow to it stands, from its left: the middle of the last box."""
        return self.width - self.boxes[-1][1] / 2

    def reach(self, depth: float) -> tuple[float, float]:
        """How far its labels, or the arrow on its top, reach left and right of its left edge."""
        left, right = self._label_reach(depth)
        if not self.under:
            return left, right
        at, width = self.under_at, fonts.advance(self.under, SMALL)
        return min(left, at - width / 2), max(right, at + width / 2)

    @property
    def under_at(self) -> float:
        """The middle of its size, from its left edge."""
        if not self.aside:
            return self.width / 2
        return self.stem - HEAD_WIDTH / 2 - 1.0 - fonts.advance(self.under, SMALL) / 2

    def _label_reach(self, depth: float) -> tuple[float, float]:
        half = HEAD_WIDTH / 2 + 1.0
        if not self.label:
            return self.stem - half, self.stem + half
        width = fonts.advance(self.label, TEXT)
        if self.beside:
            return self.stem - half, self.stem + 3.0 + width
        middle = (self.width + depth) / 2
        return middle - width / 2, middle + width / 2

    def fork(self, depth: float) -> float:
        """Where the vertical arrow from it stands, from its left: behind its addition, if it has one."""
        return self.width + depth + 1.0 + 2 * SMALL_PLUS + FORK if self.plus else self.stem

    def leave(self, depth: float) -> float:
        """How far right of its right edge an arrow starts."""
        if self.plus:
            return depth + 1.0 + 2 * SMALL_PLUS + CLEAR
        return depth / 2 if depth else CLEAR

    def branch(self, depth: float) -> float:
        """How far right of its right edge a line to the output begins."""
        label = max(self._label_reach(depth)[1] - self.width, depth) + added_input.BESIDE_LABEL
        return max(added_input.BRANCH, label)


def gap(left: Slot, right: Slot, arrow: float, depth: float) -> float:
    """The room between two slots for an arrow of that length, or more where their labels need it."""
    needed = left.reach(depth)[1] - left.width - right.reach(depth)[0] + APART
    if left.branches:
        needed = max(needed, left.branch(depth) + added_input.SHAFT)
    return max(left.leave(depth) + arrow + CLEAR, needed, depth + 2.0 if depth else 0.0)


def row_slots(network: DrawnU, row: LevelRow, channels: Channels) -> tuple[Slot, ...]:
    """The tensors of `row`."""

    def width(count: int) -> float:
        return NARROW + RANGE * channels.share(count)

    slots: list[Slot] = []
    first = row.side == "encoder" and row.level == 0
    if first:
        count = network.input.spec.channels
        branches = added_input.added(network) is not None
        slots.append(Slot((("input", width(count)),), str(count), "input", branches=branches))
    elif row.side == "encoder" and row.way:
        label = str(row.entry.channels)
        slots.append(Slot((("map", width(row.entry.channels)),), label, row.way.group, beside=True))
    elif row.merge and row.merge.adds:
        slots.append(Slot((("copied", 2 * PLUS),), "", row.merge.operation.group, circle=True))
    elif row.merge:
        halves = (("copied", row.merge.copied), ("up", row.merge.risen))
        boxes = tuple((fill, width(count)) for fill, count in halves if count)
        label = "+".join(str(count) for _, count in halves if count)
        under = size_text(row.merge.operation.spec.spatial, short=True) if network.shrinks else ""
        slots.append(Slot(boxes, label, row.merge.operation.group, under=under, aside=True))  # type: ignore[arg-type]
    elif row.way:
        count = row.entry.channels
        slots.append(Slot((("up", width(count)),), str(count), row.way.group))
    slots += _steps(network, row, channels)
    offset = len(slots) - len(row.steps)
    for join in row.joins:
        at = max(join.target + offset, 0)
        slot = slots[at]
        source = join.source + offset if join.source > BEFORE else BEFORE
        slots[at] = replace(slot, plus=join.addition.group, shortcuts=(*slot.shortcuts, (join, source)))
    return tuple(slots)


def _steps(network: DrawnU, row: LevelRow, channels: Channels) -> list[Slot]:
    """What the convolutions of the block make, each with its size where that has changed."""
    slots: list[Slot] = []
    before = row.merge.operation.spec.spatial if row.merge and not row.late else row.entry.spatial
    for step in row.steps:
        count, spatial = step.spec.channels, step.spec.spatial
        box: tuple[Fill, float] = ("map", NARROW + RANGE * channels.share(count))
        under = size_text(spatial, short=True) if spatial != before else ""
        slots.append(Slot((box,), str(count), step.group, loops=step.loops > 1, under=under))
        before = spatial
    if slots and row.side == "encoder" and row is not network.encoder[-1] and not row.joins:
        slots[-1] = replace(slots[-1], aside=True)
    return slots
