"""The bracket of a residual shortcut: below the box, from the block's left edge up to the addition on its right."""

from __future__ import annotations

from unetgen.emit.figure import fonts
from unetgen.emit.figure.content import Join, Row
from unetgen.emit.figure.pen import SMALL, SMALL_PLUS, Pen
from unetgen.emit.figure.shapes import Point
from unetgen.emit.tables import sizes
from unetgen.plan.ops import Conv

BELOW = 2.6
"""From the box to the bracket."""
UNDER = 1.4
"""From the bracket to its label."""


def label(join: Join) -> str:
    """The kernel of the projection on the shortcut, or nothing."""
    nodes = join.shortcut.nodes if join.shortcut else ()
    return next((sizes(node.op.kernel) for node in nodes if isinstance(node.op, Conv)), "")


def foot(row: Row) -> float:
    """How far the brackets of a row reach below its boxes."""
    text = any(label(join) for join in row.joins)
    return BELOW + (UNDER + fonts.cap_height(SMALL) if text else 0.5)


def bracket(pen: Pen, join: Join, left: float, bottom: float, plus: Point, row: Row) -> None:
    """Draw the shortcut from `left` to the addition at `plus`, and what projects it."""
    x = left + 0.3
    group = join.shortcut.group if join.shortcut else join.addition.group
    path = ((x, bottom), (x, bottom + BELOW), (plus[0], bottom + BELOW), (plus[0], plus[1] + SMALL_PLUS))
    pen.line(path, "shortcut", group)
    pen.plus(plus, SMALL_PLUS, join.addition.group)
    if text := label(join):
        y = bottom + BELOW + UNDER + fonts.cap_height(SMALL)
        # Right of an up arrow, left of a down arrow, which stand at the block's left and right edges.
        if row.side == "encoder":
            at, anchor = plus[0] - SMALL_PLUS - 1.0 - 6.0, "end"
        else:
            at, anchor = left + 6.0, "start"
        pen.text((at, y), text, anchor=anchor, size=SMALL, role="projection", group=group)  # type: ignore[arg-type]
