"""Where shapes lie on the page: convex outlines, and whether two of them meet."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations, pairwise

from unetgen.emit.figure import fonts
from unetgen.emit.figure.shapes import Circle, Line, Picture, Point, Polygon, Shape, Text

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
        points = sampled(shape)
        for a, b in pairwise(points):
            yield _band(a, b, shape.width / 2)


def sampled(line: Line, pieces: int = 24) -> Outline:
    """The corners of a line, or points along a curve."""
    if not line.curve:
        return line.points
    (x0, y0), (x1, y1), (x2, y2) = line.points
    steps = [index / pieces for index in range(pieces + 1)]
    return tuple(
        (
            (1 - t) ** 2 * x0 + 2 * t * (1 - t) * x1 + t**2 * x2,
            (1 - t) ** 2 * y0 + 2 * t * (1 - t) * y1 + t**2 * y2,
        )
        for t in steps
    )


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


def collisions(picture: Picture) -> list[str]:
    """Every text that meets something that it should not."""
    found = []
    texts = [shape for shape in picture.shapes if isinstance(shape, Text)]
    others = [shape for shape in picture.shapes if not isinstance(shape, Text)]
    boxes = [(shape, bounds(shape)) for shape in others]
    for a, b in combinations(texts, 2):
        if meet(text_outline(a), text_outline(b)):
            found.append(f"{a.text!r} meets {b.text!r}")
    for text in texts:
        outline = text_outline(text)
        (left, top), (right, bottom) = outline[0], outline[2]
        for shape, (x0, y0, x1, y1) in boxes:
            apart = x1 < left or right < x0 or y1 < top or bottom < y0
            if (
                not apart
                and not _own_box(text, shape)
                and any(meet(outline, part) for part in outlines(shape))
            ):
                found.append(f"{text.text!r} meets {shape.role!r} of {shape.group} at {bounds(shape)}")
    return found


def _own_box(text: Text, shape: Shape) -> bool:
    """The count inside its box, which it must not leave."""
    if text.role != "count" or shape.group != text.group or not isinstance(shape, Polygon | Circle):
        return False
    left, top, right, bottom = bounds(text)
    x0, y0, x1, y1 = bounds(shape)
    return x0 + 0.5 < left and right < x1 - 0.5 and y0 + 0.5 < top and bottom < y1 - 0.5
