"""Where shapes lie on the page: convex outlines, and whether two of them meet."""

from __future__ import annotations

import math
from collections.abc import Iterator

from unetgen.emit.figure import fonts
from unetgen.emit.figure.shapes import Circle, Line, Point, Polygon, Shape, Text

Outline = tuple[Point, ...]


def text_outline(text: Text) -> Outline:
    """The box around the marks of a text."""
    left, top, right, bottom = fonts.ink(text.text, text.size, text.bold)
    width = fonts.advance(text.text, text.size, text.bold)
    x = text.at[0] - {"start": 0.0, "middle": width / 2, "end": width}[text.anchor]
    y = text.at[1]
    return ((x + left, y + top), (x + right, y + top), (x + right, y + bottom), (x + left, y + bottom))


def outlines(shape: Shape) -> Iterator[Outline]:
    """Convex outlines that together cover the shape, strokes included."""
    if isinstance(shape, Text):
        yield text_outline(shape)
    elif isinstance(shape, Polygon):
        yield shape.points
        half = shape.width / 2 if shape.stroke else 0.0
        if half:
            for a, b in zip(shape.points, (*shape.points[1:], shape.points[0]), strict=True):
                yield _band(a, b, half)
    elif isinstance(shape, Circle):
        radius = shape.radius + (shape.width / 2 if shape.stroke else 0.0)
        x, y = shape.centre
        yield tuple(
            (x + radius * math.cos(t * math.pi / 8), y + radius * math.sin(t * math.pi / 8))
            for t in range(16)
        )
    elif isinstance(shape, Line):
        for a, b in zip(shape.points, shape.points[1:], strict=False):
            yield _band(a, b, shape.width / 2)


def _band(a: Point, b: Point, half: float) -> Outline:
    length = math.dist(a, b) or 1.0
    nx, ny = -(b[1] - a[1]) / length * half, (b[0] - a[0]) / length * half
    return ((a[0] + nx, a[1] + ny), (b[0] + nx, b[1] + ny), (b[0] - nx, b[1] - ny), (a[0] - nx, a[1] - ny))


def meet(a: Outline, b: Outline) -> bool:
    """Whether two convex outlines share any point: no line of either's sides has them apart."""
    for one, two in ((a, b), (b, a)):
        for p, q in zip(one, (*one[1:], one[0]), strict=True):
            nx, ny = q[1] - p[1], p[0] - q[0]
            if nx == ny == 0:
                continue
            first = [nx * x + ny * y for x, y in one]
            second = [nx * x + ny * y for x, y in two]
            if max(first) < min(second) or max(second) < min(first):
                return False
    return True


def bounds(shape: Shape) -> tuple[float, float, float, float]:
    points = [point for outline in outlines(shape) for point in outline]
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)
