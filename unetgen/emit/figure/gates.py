"""The skip into a decoder row, and the attention gate on it: a circle with a bold A and the gating signal."""

from __future__ import annotations

from unetgen.emit.figure.drawn_u import LevelRow, Merge
from unetgen.emit.figure.pen import CLEAR, GATE, Pen
from unetgen.emit.figure.themes import WEIGHTS

LEFT = 9.5
"""From the middle of the gate to the tensor that it stands before."""
BRANCH = 6.0
"""How far below the box the gating signal leaves the way up."""


def room(merge: Merge | None) -> float:
    """What a gate takes of the skip's length."""
    return LEFT + GATE if merge and merge.gate else 0.0


def skip(pen: Pen, row: LevelRow, start: float, left: float, middle: float, way: tuple[float, float]) -> None:
    """The skip from `start` to the tensor at `left`; `way` is the way up's x and the y of the box's foot."""
    merge = row.merge
    if merge is None:
        return
    tip = left - room(merge) - CLEAR
    pen.arrow("skip", (start, middle), (tip, middle), merge.operation.group)
    if merge.gate is None:
        return
    centre, group = left - LEFT, merge.gate.group
    path = ((centre + GATE, middle), (left, middle))
    pen.path(path, "skip", WEIGHTS["skip"], (), merge.operation.group)
    if merge.gated and row.way:
        x, y = way[0], way[1] + BRANCH
        corners = ((x, y), (centre, y), (centre, middle + GATE + CLEAR))
        pen.thin("up", corners, "gating", group, curve=False)
    pen.gate((centre, middle), group)
