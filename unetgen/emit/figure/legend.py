"""The legend: what occurs in the figure, in the order of the data flow, wrapped and centred below it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from unetgen.emit.figure import fonts, inside
from unetgen.emit.figure.pen import CLEAR, GATE, HEAD_LENGTH, SKIP_HEAD_LENGTH, SMALL_PLUS, TEXT, Pen
from unetgen.emit.figure.themes import Fill, Stroke

ARROW = 13.0
"""Length of a sample arrow across; those up and down are as high as a line allows."""
UPRIGHT = 10.0
AFTER, BETWEEN, PITCH = 3.5, 13.0, 13.0

Sample = Callable[[Pen, float, float], None]
"""Draws its sample with its left edge at x, centred on y."""


@dataclass(frozen=True)
class Entry:
    """One line of explanation and the sample before it."""

    text: str
    width: float
    sample: Sample

    @property
    def whole(self) -> float:
        return self.width + AFTER + fonts.advance(self.text, TEXT)


def arrow(kind: Stroke, text: str) -> Entry:
    """An operation."""
    if kind in ("down", "up"):

        def upright(pen: Pen, x: float, y: float) -> None:
            ends = ((x + 2.0, y - UPRIGHT / 2), (x + 2.0, y + UPRIGHT / 2))
            pen.arrow(kind, *(ends if kind == "down" else ends[::-1]), None)

        return Entry(text, 4.0, upright)

    def across(pen: Pen, x: float, y: float) -> None:
        pen.arrow(kind, (x, y), (x + length, y), None)

    length = ARROW + (SKIP_HEAD_LENGTH - HEAD_LENGTH if kind == "skip" else 0.0)
    return Entry(text, length, across)


def box(fill: Fill, text: str) -> Entry:
    """A tensor."""
    return Entry(text, 7.0, lambda pen, x, y: pen.box(x, y - 3.5, 7.0, 7.0, fill, None))


def block(line: str, text: str) -> Entry:
    """An arrow into a box that stands for several operations, with the line in it."""
    wide = inside.width(line) + 4.0

    def sample(pen: Pen, x: float, y: float) -> None:
        pen.arrow("conv", (x, y), (x + ARROW - CLEAR, y), None)
        pen.box(x + ARROW, y - 5.0, wide, 10.0, "map", None)
        inside.write(pen, line, (x + ARROW + wide / 2, y), None)

    return Entry(text, ARROW + wide, sample)


def note(text: str) -> Entry:
    """A word that stands in a box, and what it means."""
    return Entry(text, 0.0, lambda pen, x, y: None)


def marker(text: str, draw_marker: Sample) -> Entry:
    """What marks a difference."""
    return Entry(text, 8.0, draw_marker)


def plus(text: str) -> Entry:
    """An addition."""
    return Entry(text, 2 * SMALL_PLUS, lambda pen, x, y: pen.plus((x + SMALL_PLUS, y), SMALL_PLUS, None))


def gate(text: str) -> Entry:
    """A gate on a skip."""
    return Entry(text, 2 * GATE, lambda pen, x, y: pen.gate((x + GATE, y), None))


def cell(fill: Fill, label: str, text: str) -> Entry:
    """A node of a grid."""

    def sample(pen: Pen, x: float, y: float) -> None:
        pen.circle((x + 5.5, y), 5.5, fill, "cell", None)
        pen.text_mid((x + 5.5, y), label, size=5.0, role="count")

    return Entry(text, 11.0, sample)


def near(text: str) -> Entry:
    """A skip to the next node of a row."""
    length = ARROW + SKIP_HEAD_LENGTH - HEAD_LENGTH
    return Entry(text, length, lambda pen, x, y: pen.slanted("skip", (x, y), (x + length, y), None, 1.4))


def far(kind: Stroke, role: str, text: str) -> Entry:
    """A connection to a node further away."""
    length = ARROW + 2.0
    return Entry(
        text, length, lambda pen, x, y: pen.thin(kind, ((x, y), (x + length, y)), role, None, curve=False)
    )


def loop(text: str) -> Entry:
    """What runs several times."""

    def sample(pen: Pen, x: float, y: float) -> None:
        pen.box(x, y - 4.0, 8.0, 8.0, "map", None)
        pen.loop((x + 4.0, y), 1.8, None)

    return Entry(text, 8.0, sample)


def draw(pen: Pen, entries: list[Entry], width: float, top: float) -> float:
    """The entries in centred lines over the whole `width`, from `top` on; returns the y below them."""
    y = top + PITCH / 2
    for line in _balanced([entry for entry in entries if entry.text], width - 6.0):
        y = _line(pen, line, width, y)
    return y - PITCH / 2


def _balanced(entries: list[Entry], room: float) -> list[list[Entry]]:
    """As few lines as fit, as even as that allows."""
    lines = _lines(entries, room)
    while room > 20 and len(narrower := _lines(entries, room - 4.0)) == len(lines):
        widest = max(sum(entry.whole + BETWEEN for entry in line) for line in narrower)
        if widest - BETWEEN > room:
            break
        lines, room = narrower, room - 4.0
    return lines


def _lines(entries: list[Entry], room: float) -> list[list[Entry]]:
    lines: list[list[Entry]] = []
    used = 0.0
    for entry in entries:
        if lines and used + BETWEEN + entry.whole <= room:
            lines[-1].append(entry)
            used += BETWEEN + entry.whole
        else:
            lines.append([entry])
            used = entry.whole
    return lines


def _line(pen: Pen, line: list[Entry], width: float, y: float) -> float:
    wrapped = [_wrapped(entry, width - 6.0) for entry in line]
    widths = [
        entry.width + AFTER + max(fonts.advance(text, TEXT) for text in texts)
        for entry, texts in zip(line, wrapped, strict=True)
    ]
    x = (width - sum(widths) - BETWEEN * (len(line) - 1)) / 2
    for entry, texts, taken in zip(line, wrapped, widths, strict=True):
        entry.sample(pen, x, y)
        for index, text in enumerate(texts):
            at = (x + entry.width + AFTER, y + index * (TEXT + 2.0))
            pen.text_mid(at, text, anchor="start", role="legend")
        x += taken + BETWEEN
    return y + PITCH + (max(map(len, wrapped)) - 1) * (TEXT + 2.0)


def _wrapped(entry: Entry, room: float) -> list[str]:
    """The entry's text in lines that fit beside its sample."""
    lines: list[str] = []
    for piece in entry.text.split(" "):
        longer = f"{lines[-1]} {piece}" if lines else piece
        if lines and fonts.advance(longer, TEXT) <= room - entry.width - AFTER:
            lines[-1] = longer
        else:
            lines.append(piece)
    return lines
