"""Pen: puts boxes, arrows and labels of one theme on the display list, with the measures they all share."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Literal

from unetgen.emit.figure import fonts
from unetgen.emit.figure.shapes import Circle, Line, Point, Polygon, Shape, Text
from unetgen.emit.figure.themes import DASHES, WEIGHTS, Fill, Stroke, Theme, darker

TEXT = 6.5
SMALL = 6.0
"""Factors on arrows, and what is written below brackets."""
OUTLINE = 0.6
CLEAR = 1.0
"""From an arrow to the box that it leaves or meets."""
ABOVE = 2.2
"""From a box to the baseline of its label."""
HEAD_LENGTH, HEAD_WIDTH = 4.2, 3.5
SKIP_HEAD_LENGTH, SKIP_HEAD_WIDTH = 6.0, 5.0
PLUS = 4.5
"""Radius of an addition that stands for a tensor."""
SMALL_PLUS = 2.5
"""Radius of an addition at a box: where a shortcut joins."""
GATE = 4.5
THIN, THIN_DASH = 0.8, (2.4, 1.4)
"""Of connections that go far, and of gating signals."""
THIN_LENGTH, THIN_WIDTH = 3.0, 2.4
"""Of the heads of thin connections, which lie side by side."""

Anchor = Literal["start", "middle", "end"]


class Pen:
    """Collects shapes. Coordinates are the caller's; `shapes` is in drawing order."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self.shapes: list[Shape] = []

    def box(
        self,
        left: float,
        top: float,
        width: float,
        height: float,
        fill: Fill,
        group: str | None,
        depth: float = 0.0,
    ) -> None:
        """A tensor; with a `depth`, the cuboid behind it at 45 degrees."""
        colour, right, bottom = self.theme.fills[fill], left + width, top + height
        if depth:
            lid = ((left, top), (left + depth, top - depth), (right + depth, top - depth), (right, top))
            side = (
                (right, top),
                (right + depth, top - depth),
                (right + depth, bottom - depth),
                (right, bottom),
            )
            self._face(lid, colour, fill, group)
            self._face(side, darker(colour, 0.84), fill, group)
        self._face(((left, top), (right, top), (right, bottom), (left, bottom)), colour, fill, group)

    def _face(self, points: tuple[Point, ...], colour: str, fill: Fill, group: str | None) -> None:
        role = "map" if fill == "map" else f"{fill}-box"
        self.shapes.append(Polygon(points, colour, self.theme.outline, OUTLINE, role, group))

    def polygon(
        self,
        points: tuple[Point, ...],
        fill: str | None,
        role: str,
        group: str | None,
        width: float = OUTLINE,
    ) -> None:
        """Any closed outline in the theme's line colour."""
        self.shapes.append(Polygon(points, fill, self.theme.outline if width else None, width, role, group))

    def arrow(self, kind: Stroke, start: Point, end: Point, group: str | None) -> None:
        """A straight arrow along one axis, from tail to tip."""
        length, width = (SKIP_HEAD_LENGTH, SKIP_HEAD_WIDTH) if kind == "skip" else (HEAD_LENGTH, HEAD_WIDTH)
        (x0, y0), (x1, y1) = start, end
        dx, dy = _sign(x1 - x0), _sign(y1 - y0)
        neck = (x1 - dx * length, y1 - dy * length)
        colour = self.theme.strokes[kind]
        if (neck[0] - x0) * dx + (neck[1] - y0) * dy > 0:
            dash = DASHES.get(kind, ())
            reach = neck if dash else (neck[0] + dx * 0.3, neck[1] + dy * 0.3)
            self.shapes.append(Line((start, reach), colour, WEIGHTS[kind], dash, role=kind, group=group))
        half = width / 2
        points = (end, (neck[0] + dy * half, neck[1] + dx * half), (neck[0] - dy * half, neck[1] - dx * half))
        self.shapes.append(Polygon(points, colour, role="arrow-head", group=group))

    def slanted(self, kind: Stroke, start: Point, end: Point, group: str | None, weight: float = 0.0) -> None:
        """A straight arrow in any direction."""
        size = (SKIP_HEAD_LENGTH, SKIP_HEAD_WIDTH) if kind == "skip" else (HEAD_LENGTH, HEAD_WIDTH)
        path = (start, end)
        self._along(path, kind, weight or WEIGHTS[kind], DASHES.get(kind, ()), size, kind, group)

    def thin(
        self, kind: Stroke, path: tuple[Point, ...], role: str, group: str | None, *, curve: bool
    ) -> None:
        """A thin dashed arrow along corners, or (`curve`) along one quadratic Bézier through three points."""
        self._along(path, kind, THIN, THIN_DASH, (THIN_LENGTH, THIN_WIDTH), role, group, curve)

    def path(
        self,
        points: tuple[Point, ...],
        role: str,
        width: float,
        dash: tuple[float, ...],
        group: str | None,
        kind: Stroke = "skip",
    ) -> None:
        """An open path in an arrow's colour, without a head."""
        self.shapes.append(Line(points, self.theme.strokes[kind], width, dash, role=role, group=group))

    def _along(
        self,
        path: tuple[Point, ...],
        kind: Stroke,
        weight: float,
        dash: tuple[float, ...],
        size: tuple[float, float],
        role: str,
        group: str | None,
        curve: bool = False,
    ) -> None:
        """A path that ends in a head of `size` in its own direction."""
        (x0, y0), (x1, y1) = path[-2:]
        length, colour = math.dist(path[-2], path[-1]), self.theme.strokes[kind]
        dx, dy = (x1 - x0) / length, (y1 - y0) / length
        neck, half = (x1 - dx * size[0], y1 - dy * size[0]), size[1] / 2
        self.shapes.append(Line((*path[:-1], neck), colour, weight, dash, curve, role, group))
        points = (
            path[-1],
            (neck[0] + dy * half, neck[1] - dx * half),
            (neck[0] - dy * half, neck[1] + dx * half),
        )
        self.shapes.append(Polygon(points, colour, role="arrow-head", group=group))

    def line(self, points: tuple[Point, ...], role: str, group: str | None, width: float = OUTLINE) -> None:
        """An open path in the theme's line colour."""
        self.shapes.append(Line(points, self.theme.outline, width, role=role, group=group))

    def plus(self, centre: Point, radius: float, group: str | None) -> None:
        """A circle with a plus."""
        (x, y), arm = centre, radius * 0.6
        fill = self.theme.background or "#FFFFFF"
        self.shapes.append(Circle(centre, radius, fill, self.theme.outline, OUTLINE, "add", group))
        self.line(((x - arm, y), (x + arm, y)), "plus", group)
        self.line(((x, y - arm), (x, y + arm)), "plus", group)

    def circle(self, centre: Point, radius: float, fill: Fill, role: str, group: str | None) -> None:
        """A circle of a tensor's fill."""
        colour = self.theme.fills[fill]
        self.shapes.append(Circle(centre, radius, colour, self.theme.outline, OUTLINE, role, group))

    def gate(self, centre: Point, group: str | None) -> None:
        """A circle with a bold A: an attention gate."""
        (x, y) = centre
        self.circle(centre, GATE, "gate", "gate", group)
        self.text((x, y + fonts.cap_height(TEXT) / 2), "A", bold=True, role="count", group=group)

    def loop(self, centre: Point, radius: float, group: str | None) -> None:
        """A small arrow round: what runs several times with the same weights."""
        x, y = centre
        turns = [math.radians(angle) for angle in range(-60, 211, 30)]
        path = tuple((x + radius * math.cos(turn), y + radius * math.sin(turn)) for turn in turns)
        self.line(path, "loop", group)
        (x1, y1), tip = path[0], 1.5
        head = ((x1 - tip, y1 - 0.2), (x1 + 0.5, y1 - tip), (x1 + 0.7, y1 + tip * 0.8))
        self.shapes.append(Polygon(head, self.theme.outline, role="loop-head", group=group))

    def text(
        self,
        at: Point,
        text: str,
        *,
        anchor: Anchor = "middle",
        size: float = TEXT,
        bold: bool = False,
        role: str = "label",
        group: str | None = None,
    ) -> None:
        """One line; `at` is on the baseline."""
        self.shapes.append(Text(at, text, size, anchor, bold, self.theme.text, role, group))

    def text_mid(
        self,
        at: Point,
        text: str,
        *,
        anchor: Anchor = "middle",
        size: float = TEXT,
        role: str = "label",
        group: str | None = None,
    ) -> None:
        """One line whose capitals and digits are centred on the height of `at`."""
        x, y = at
        self.text((x, y + fonts.cap_height(size) / 2), text, anchor=anchor, size=size, role=role, group=group)


def _sign(value: float) -> int:
    return (value > 1e-9) - (value < -1e-9)


def moved(shape: Shape, dx: float, dy: float) -> Shape:
    """The shape elsewhere."""
    if isinstance(shape, Circle):
        return replace(shape, centre=(shape.centre[0] + dx, shape.centre[1] + dy))
    if isinstance(shape, Text):
        return replace(shape, at=(shape.at[0] + dx, shape.at[1] + dy))
    return replace(shape, points=tuple((x + dx, y + dy) for x, y in shape.points))
