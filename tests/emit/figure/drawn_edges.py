"""What a picture shows, read from its shapes alone, and what the plan has between the same boxes.

A box is an outlined polygon or a circle. An arrow's end belongs to the box that it touches; a tail that
touches none branches from the line that it lies on. Nothing here knows how figures are made.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

from unetgen.emit.figure.shapes import Circle, Line, Picture, Point, Polygon
from unetgen.plan.graph import Plan

Edge = tuple[str, str]
NEAR = 2.6
"""Farthest that an arrow's end is from its box."""

LABEL = 8.5
"""What the channels over a box take of a way up from it."""


def distance(at: Point, shape: Polygon | Circle) -> float:
    """From a point to a box, 0 inside."""
    x, y = at
    if isinstance(shape, Circle):
        return max(math.dist(at, shape.centre) - shape.radius, 0.0)
    xs, ys = zip(*shape.points, strict=True)
    return math.hypot(max(min(xs) - x, 0.0, x - max(xs)), max(min(ys) - y, 0.0, y - max(ys)))


def boxes(picture: Picture) -> list[Polygon | Circle]:
    """What stands for tensors."""
    return [s for s in picture.shapes if isinstance(s, Polygon | Circle) and s.stroke and s.group]


def lines(picture: Picture) -> Iterator[tuple[Line, Point]]:
    """Every arrow, bracket and path that belongs to a group, and where it ends."""
    for shape, after in pairwise(picture.shapes):
        if isinstance(shape, Line) and shape.group and shape.role not in ("plus", "loop"):
            headed = isinstance(after, Polygon) and after.role == "arrow-head"
            yield shape, after.points[0] if headed and isinstance(after, Polygon) else shape.points[-1]


def drawn_edges(picture: Picture) -> set[Edge]:
    """From box to box, as the lines lead."""
    found = boxes(picture)
    drawn = list(lines(picture))
    edges: set[Edge] = set()
    for line, end in drawn:
        if line.role == "fork":
            continue
        tail, tip = _source(line, line.points[0], found, drawn), _touched(end, found)
        if line.role == "fuse" and tip is None:
            tip = line.group
        if tail and tip and tail != tip:
            edges.add((tail, tip))
    for circle in found:
        if isinstance(circle, Circle) and circle.role == "add":
            left = (circle.centre[0] - circle.radius - 1.0, circle.centre[1])
            beside = _touched(left, [box for box in found if isinstance(box, Polygon)])
            if beside and beside != circle.group and circle.group:
                edges.add((beside, circle.group))
    return edges


def _touched(at: Point, found: list[Polygon | Circle]) -> str | None:
    nearest = min(found, key=lambda shape: distance(at, shape))
    return nearest.group if distance(at, nearest) <= NEAR else None


def _source(
    line: Line, at: Point, found: list[Polygon | Circle], drawn: list[tuple[Line, Point]]
) -> str | None:
    if group := _touched(at, found):
        return group
    if line.role == "up" and (group := _touched((at[0], at[1] + LABEL), found)):
        return group
    for other, _ in drawn:
        if other is not line and any(_on(at, a, b) for a, b in pairwise(other.points)):
            return _source(other, other.points[0], found, drawn)
    return None


def _on(at: Point, a: Point, b: Point) -> bool:
    return math.dist(a, at) + math.dist(at, b) - math.dist(a, b) < 0.3


def plan_edges(plan: Plan, picture: Picture) -> set[Edge]:
    """The edges that are left when all nodes of a box are one, and groups without a box lie on the way."""
    group_of = {name: group for group, names in picture.groups.items() for name in names}
    boxed = {shape.group for shape in boxes(picture)}
    origins: dict[str, set[str]] = {}
    edges: set[Edge] = set()
    for node in plan.nodes:
        group = group_of[node.name]
        sources = {origin for name in node.inputs for origin in origins[name]}
        if group in boxed:
            edges |= {(source, group) for source in sources if source != group}
            origins[node.name] = {group}
        else:
            origins[node.name] = sources
    return edges
