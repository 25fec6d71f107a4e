"""What makes one output of all heads: a box right of everything, reached from below every head."""

from __future__ import annotations

from collections.abc import Iterable

from unetgen.emit.figure import added_input, fonts
from unetgen.emit.figure.beside import output
from unetgen.emit.figure.drawn_u import DrawnU, Operation
from unetgen.emit.figure.pen import ABOVE, CLEAR, TEXT, THIN, THIN_DASH, Pen
from unetgen.emit.figure.shapes import Point

AWAY, BOX = 10.0, 6.0
UNDER = 3.0
"""From the foot of a head to what leaves it."""


def taken(network: DrawnU) -> float:
    """What the box and its word take right of the figure."""
    if network.fuse is None:
        return 0.0
    behind = added_input.room(network, network.fuse, BOX)
    return AWAY + BOX + behind + 4.0 + fonts.advance(_word(network), TEXT)


def _word(network: DrawnU) -> str:
    return next(iter(output(network.plan, network.fuse)), "fused") if network.fuse else ""


def fused(
    pen: Pen, network: DrawnU, fuse: Operation, feet: Iterable[Point], left: float, top: float, height: float
) -> None:
    """The box with its left edge at `left`; `feet` are the middles of the heads' lower edges."""
    x, bottom = left + BOX / 2, top + height
    pen.box(left, top, BOX, height, "head", fuse.group)
    for index, (foot_x, foot_y) in enumerate(sorted(feet, key=lambda foot: -foot[1])):
        turn = foot_y + UNDER
        corners = ((foot_x, foot_y + 0.3), (foot_x, turn), (x, turn))
        if index == 0:
            turn = max(turn, bottom + UNDER + 4.0)
            corners = ((foot_x, foot_y + 0.3), (foot_x, turn), (x, turn))
            pen.thin("head", (*corners, (x, bottom + CLEAR)), "fuse", fuse.group, curve=False)
        else:
            pen.path(corners, "fuse", THIN, THIN_DASH, fuse.group, kind="head")
    pen.text((x, top - ABOVE), str(fuse.spec.channels), group=fuse.group)
    behind = added_input.room(network, fuse, BOX)
    pen.text_mid((left + BOX + behind + 4.0, top + height / 2), _word(network), anchor="start", role="size")
