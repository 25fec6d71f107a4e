"""The input that is added to the output: a line over the top row, down to an addition behind the head."""

from __future__ import annotations

from collections.abc import Iterable

from unetgen.emit.figure import fonts, legend
from unetgen.emit.figure.beside import output
from unetgen.emit.figure.drawn_grid import DrawnGrid
from unetgen.emit.figure.drawn_u import DrawnU, Operation
from unetgen.emit.figure.input_reading import adds_input, cropped_inputs
from unetgen.emit.figure.pen import ABOVE, CLEAR, HEAD_LENGTH, OUTLINE, SMALL_PLUS, TEXT, Pen
from unetgen.emit.figure.shapes import Point
from unetgen.errors import UnetgenError

OVER = 2.0
"""From the labels of the top row to the line."""
BESIDE_LABEL = 1.0
"""From a label to the line that passes beside it."""
BRANCH = CLEAR + 1.0
"""From the input's right edge to the line, where no label is in the way."""
NEXT = CLEAR + SMALL_PLUS
"""From the right edge of a head to the middle of the addition, where no label is in the way."""
ASIDE = 2.5
"""From what a line passes on the right of to that line."""
SHAFT = CLEAR + HEAD_LENGTH + 0.5
"""From the line to the tensor that the input's arrow leads to: it branches before the arrow's head."""


def added(network: DrawnU | DrawnGrid) -> Operation | None:
    """The operation that adds the input to what it makes: a head, or what fuses all heads."""
    inputs = [node.name for node in network.input.nodes]
    return next((o for o in network.operations if o.kind == "head" and adds_input(o.nodes, inputs)), None)


def require_top(network: DrawnU | DrawnGrid, heads: Iterable[tuple[int, Operation]]) -> None:
    """Raise `UnetgenError` where the input is added below the top row: the line would meet others.

    `heads` come with the levels that they stand at.
    """
    head = added(network)
    level = next((level for level, each in heads if each is head), 0)
    if level:
        raise UnetgenError(
            f"the input is added to the head at level {level}: no view draws that below the top row"
        )


def entry(network: DrawnU | DrawnGrid) -> list[legend.Entry]:
    """What the legend says of it, and of which output where there are several."""
    head = added(network)
    if head is None:
        return []
    words = "input cropped and added" if _crops(network, head) else "input added"
    return [legend.plus(": ".join([*output(network.plan, head), words]))]


def told(network: DrawnU | DrawnGrid) -> str:
    """The sentence of an alt text or a caption, with the space before it; or nothing."""
    head = added(network)
    if head is None:
        return ""
    return f" The input{', cropped,' if _crops(network, head) else ''} is added to the output."


def _crops(network: DrawnU | DrawnGrid, head: Operation) -> bool:
    return bool(cropped_inputs(head.nodes, [node.name for node in network.input.nodes]))


def over(network: DrawnU) -> float:
    """What the line takes above the labels of the top row."""
    return OVER if added(network) else 0.0


def high() -> float:
    """From the top of the boxes to the line."""
    return ABOVE + fonts.cap_height(TEXT) + OVER


def branch(channels: int, width: float) -> float:
    """From the right edge of the input, a box of `width`, to the line: clear of its label."""
    return max(BRANCH, _overhang(channels, width) + BESIDE_LABEL)


def behind(channels: int, width: float) -> float:
    """From the right edge of the head, a box of `width`, to the middle of the addition."""
    return max(NEXT, _overhang(channels, width) + BESIDE_LABEL)


def _overhang(channels: int, width: float) -> float:
    return (fonts.advance(str(channels), TEXT) - width) / 2


def room(network: DrawnU | DrawnGrid, head: Operation, width: float) -> float:
    """What the addition takes right of `head`, a box of `width`; 0 of a head that has none."""
    if head is not added(network):
        return 0.0
    return behind(head.spec.channels, width) + SMALL_PLUS + OUTLINE / 2


def past(width: float, half: float) -> float:
    """From the middle of a head of `width` to a line that passes its name, which reaches `half` as far."""
    return max(width / 2 + NEXT + SMALL_PLUS, half) + ASIDE


def draw(
    pen: Pen,
    head: Operation,
    start: tuple[Point, ...],
    y: float,
    plus: Point,
    aside: float | None = None,
) -> None:
    """The line from `start`, at the height `y` over all that the row has, to the addition at `plus`.

    It comes down on the addition, or else at the x `aside` and then to it from its right.
    """
    x, end = (plus[0], (plus[0], plus[1] - SMALL_PLUS))
    if aside is not None:
        x, end = aside, (plus[0] + SMALL_PLUS, plus[1])
    corners = ((start[-1][0], y), (x, y), *([(x, plus[1])] if aside is not None else []), end)
    pen.line((*start, *corners), "shortcut", head.group)
    pen.plus(plus, SMALL_PLUS, head.group)
