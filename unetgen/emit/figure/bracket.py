"""The bracket of a residual shortcut, from the tensor where it begins to the addition right of its block.

It runs below the boxes. One that begins before the way down runs above them: from that way, with its own
stride on it.
"""

from __future__ import annotations

from unetgen.emit.figure import fonts
from unetgen.emit.figure.drawn_u import Join, LevelRow
from unetgen.emit.figure.legend_words import factor
from unetgen.emit.figure.pen import ABOVE, CLEAR, HEAD_WIDTH, SMALL, SMALL_PLUS, TEXT, Pen
from unetgen.emit.figure.shapes import Point
from unetgen.plan.ops import Conv, Pool
from unetgen.plan.tensor import sizes

BELOW = 2.6
"""From the box to the bracket."""
UNDER = 1.4
"""From the bracket to its label."""
OVER = 2.0
"""From the labels of the boxes to a bracket above them."""
BEFORE = -2
"""The source of a shortcut that begins before the way to its row."""


def label(join: Join) -> str:
    """What stands on the shortcut: its pooling, the kernel of its projection and its stride; or nothing."""
    nodes = join.shortcut.nodes if join.shortcut else ()
    pools = [f"pool {factor(node.op.size)}" for node in nodes if isinstance(node.op, Pool)]
    convs = [node.op for node in nodes if isinstance(node.op, Conv)]
    strides = [f" /{factor(op.strides)}" if max(op.strides) > 1 else "" for op in convs]
    return ", ".join([*pools, *(f"{sizes(op.kernel)}{by}" for op, by in zip(convs, strides, strict=True))])


def foot(row: LevelRow) -> float:
    """How far the brackets of a row reach below its boxes."""
    below = [join for join in row.joins if join.source > BEFORE]
    if not below:
        return 0.0
    return BELOW + (UNDER + fonts.cap_height(SMALL) if any(map(label, below)) else 0.5)


def crown(row: LevelRow) -> float:
    """How far a bracket above a row, with its label, reaches above the boxes."""
    if all(join.source > BEFORE for join in row.joins):
        return 0.0
    return _high() + UNDER + fonts.cap_height(SMALL) + CLEAR


def _high() -> float:
    return ABOVE + fonts.cap_height(TEXT) + OVER


def below(pen: Pen, join: Join, start: Point, bottom: float, plus: Point, arrow: float | None) -> None:
    """The shortcut from `start` under the boxes' `bottom` to the addition at `plus`, and what is on it.

    `arrow` is where a way up comes to the row, left of the start.
    """
    left, y, group = start[0], bottom + BELOW, _group(join)
    path = (start, (left, y), (plus[0], y), (plus[0], plus[1] + SMALL_PLUS))
    pen.line(path, "shortcut", group)
    pen.plus(plus, SMALL_PLUS, join.addition.group)
    text = label(join)
    middle, half = (left + plus[0]) / 2, fonts.advance(text, SMALL) / 2
    if arrow is not None:
        middle = max(middle, arrow + HEAD_WIDTH / 2 + 1.2 + half)
    _write(pen, text, middle, y + UNDER + fonts.cap_height(SMALL), group)


def above(pen: Pen, join: Join, stem: float, lid: float, plus: Point) -> None:
    """The shortcut that branches from the way down at `stem`, over the labels of boxes whose top is `lid`."""
    y, group = lid - _high(), _group(join)
    pen.line(((stem, y), (plus[0], y), (plus[0], plus[1] - SMALL_PLUS)), "shortcut", group)
    pen.plus(plus, SMALL_PLUS, join.addition.group)
    text = label(join)
    left = max((stem + plus[0]) / 2 - fonts.advance(text, SMALL) / 2, stem + 2.0)
    _write(pen, text, left + fonts.advance(text, SMALL) / 2, y - UNDER, group)


def _group(join: Join) -> str:
    return join.shortcut.group if join.shortcut else join.addition.group


def _write(pen: Pen, text: str, middle: float, y: float, group: str) -> None:
    if text:
        pen.text((middle, y), text, size=SMALL, role="projection", group=group)
