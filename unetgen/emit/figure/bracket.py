"""The bracket of a residual shortcut: below a block, from its left edge to the addition on its right."""

from __future__ import annotations

from unetgen.emit.figure import fonts
from unetgen.emit.figure.drawn_u import Join, LevelRow
from unetgen.emit.figure.pen import HEAD_WIDTH, SMALL, SMALL_PLUS, Pen
from unetgen.emit.figure.shapes import Point
from unetgen.plan.ops import Conv
from unetgen.plan.tensor import sizes

BELOW = 2.6
"""From the box to the bracket."""
UNDER = 1.4
"""From the bracket to its label."""


def label(join: Join) -> str:
    """The kernel of the projection on the shortcut, or nothing."""
    nodes = join.shortcut.nodes if join.shortcut else ()
    return next((sizes(node.op.kernel) for node in nodes if isinstance(node.op, Conv)), "")


def foot(row: LevelRow) -> float:
    """How far the brackets of a row reach below its boxes."""
    text = any(label(join) for join in row.joins)
    return BELOW + (UNDER + fonts.cap_height(SMALL) if text else 0.5)


def bracket(
    pen: Pen, join: Join, start: Point, bottom: float, plus: Point, arrow: float | None, row: LevelRow
) -> None:
    """The shortcut from `start` below the boxes' `bottom` to the addition at `plus`, and what projects it.

    `arrow` is where the row's vertical arrow stands, which the label keeps clear of.
    """
    left = start[0]
    group = join.shortcut.group if join.shortcut else join.addition.group
    path = (
        start,
        (left, bottom + BELOW),
        (plus[0], bottom + BELOW),
        (plus[0], plus[1] + SMALL_PLUS),
    )
    pen.line(path, "shortcut", group)
    pen.plus(plus, SMALL_PLUS, join.addition.group)
    text = label(join)
    y = bottom + BELOW + UNDER + fonts.cap_height(SMALL)
    aside = HEAD_WIDTH / 2 + 1.2
    middle, half = (left + plus[0]) / 2, fonts.advance(text, SMALL) / 2
    if arrow is not None and row.side == "encoder":
        middle = min(middle, arrow - aside - half)
    elif arrow is not None:
        middle = max(middle, arrow + aside + half)
    if text:
        pen.text((middle, y), text, size=SMALL, role="projection", group=group)
