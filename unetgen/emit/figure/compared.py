"""compared: two figures one above the other; what differs between them has a heavy outline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Any

from unetgen.emit.figure import fonts, legend
from unetgen.emit.figure.pen import TEXT, Pen, moved
from unetgen.emit.figure.picture import BOTTOM, TOP, Scale, View, picture
from unetgen.emit.figure.shapes import Circle, Line, Picture, Polygon, Shape
from unetgen.emit.figure.themes import Theme, theme_named
from unetgen.plan.graph import Plan

HEAVY = 1.6
RING = 2.4
NAME = 11.0
"""Height of the line with a figure's name."""
APART = 8.0
DIFFERENT, ALIKE = "differs", "no operation and no shape differs"


def compared(
    plan_a: Plan,
    plan_b: Plan,
    *,
    name_a: str,
    name_b: str,
    view: View = "block",
    width: str | float = "double",
    theme: str = "okabe",
    cuboid: bool = False,
    scale: Scale = "log",
) -> Picture:
    """Both figures in one, in one view; the groups are those of both, named ``a/...`` and ``b/...``."""

    def drawn(plan: Plan, name: str, view: View) -> Picture:
        boxes = cuboid and view == "block"
        return picture(plan, name=name, view=view, width=width, theme=theme, cuboid=boxes, scale=scale)

    one, two = drawn(plan_a, name_a, view), drawn(plan_b, name_b, view)
    notes = tuple(dict.fromkeys([*one.notes, *two.notes]))
    if bool(one.notes) != bool(two.notes):
        one, two = drawn(plan_a, name_a, "stage"), drawn(plan_b, name_b, "stage")
    seen_a, seen_b = _contents(plan_a, one.groups), _contents(plan_b, two.groups)
    different = {group for group in {*seen_a, *seen_b} if seen_a.get(group) != seen_b.get(group)}
    pen, y = Pen(theme_named(theme)), TOP
    for half, name, letter in ((one, name_a, "a"), (two, name_b, "b")):
        label = fonts.cut(name, TEXT, one.width - 6.0, bold=True)
        pen.text((3.0, y + TEXT), label, anchor="start", bold=True, role="name")
        y += NAME
        shapes = (*half.shapes, *_markers(half.shapes, different, pen.theme))
        pen.shapes += [_regrouped(moved(shape, 0.0, y), letter) for shape in shapes]
        y += half.height + APART
    entries = [legend.marker(f"box that {DIFFERENT}", _box), legend.marker(f"way that {DIFFERENT}", _way)]
    bottom = legend.draw(pen, entries if different else [legend.box("copied", ALIKE)], one.width, y - APART)
    return Picture(
        width=one.width,
        height=bottom + BOTTOM,
        background=one.background,
        shapes=tuple(pen.shapes),
        groups={f"a/{k}": v for k, v in one.groups.items()} | {f"b/{k}": v for k, v in two.groups.items()},
        title=f"{name_a} and {name_b} compared",
        description=f"Above: {one.description} Below: {two.description} {_told(different)}",
        caption=f"Above: {one.caption} Below: {two.caption}",
        prefix=f"{one.prefix}{two.prefix[1:]}",
        notes=notes,
    )


def _told(different: Iterable[str]) -> str:
    names = ", ".join(sorted(different))
    return f"These parts differ: {names}." if names else "No operation and no shape differs."


def _contents(plan: Plan, groups: Mapping[str, tuple[str, ...]]) -> dict[str, list[Any]]:
    """What each group holds: operations with all that belongs to the architecture, and shapes."""
    contents: dict[str, list[Any]] = {}
    for group, names in groups.items():
        contents[group] = []
        for node in (plan.by_name[name] for name in names):
            kept = [item.name for item in fields(node.op) if item.metadata.get("architecture", True)]  # type: ignore[arg-type]
            values = [(name, getattr(node.op, name)) for name in kept]
            contents[group].append((type(node.op).__name__, values, node.spec))
    return contents


def _markers(shapes: Iterable[Shape], different: set[str], theme: Theme) -> list[Shape]:
    """A heavy outline inside every box of a group that differs; a ring on an arrow without a box."""
    boxes: dict[str, list[Polygon]] = {}
    arrows: dict[str, list[Shape]] = {}
    for shape in shapes:
        if shape.group in different and isinstance(shape, Polygon) and shape.stroke:
            boxes.setdefault(shape.group, []).append(shape)
        elif shape.group in different and isinstance(shape, Line | Circle):
            arrows.setdefault(shape.group, []).append(shape)
    markers: list[Shape] = []
    for group, polygons in boxes.items():
        markers += [_heavy(polygon, theme, group) for polygon in polygons]
    for group, marks in arrows.items():
        if group not in boxes:
            markers.append(_ring(marks[0], theme, group))
    return markers


def _heavy(polygon: Polygon, theme: Theme, group: str) -> Polygon:
    """The box's outline, drawn again, heavy and just inside it."""
    xs, ys = zip(*polygon.points, strict=True)
    inset = HEAVY / 2 - 0.3
    middle_x, middle_y = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
    points = tuple(
        (x + _towards(middle_x - x, inset), y + _towards(middle_y - y, inset)) for x, y in polygon.points
    )
    return Polygon(points, None, theme.outline, HEAVY, "marker", group)


def _towards(distance: float, inset: float) -> float:
    return max(-inset, min(inset, distance))


def _ring(mark: Shape, theme: Theme, group: str) -> Circle:
    if isinstance(mark, Circle):
        return Circle(mark.centre, max(mark.radius - 0.5, 0.8), None, theme.outline, HEAVY, "marker", group)
    (x0, y0), (x1, y1) = mark.points[0], mark.points[-1]  # type: ignore[union-attr]
    return Circle(((x0 + x1) / 2, (y0 + y1) / 2), RING, None, theme.outline, 0.8, "marker", group)


def _regrouped(shape: Shape, letter: str) -> Shape:
    return shape if shape.group is None else replace(shape, group=f"{letter}/{shape.group}")


def _box(pen: Pen, x: float, y: float) -> None:
    pen.box(x, y - 4.0, 8.0, 8.0, "map", None)
    inset = HEAVY / 2 - 0.3
    left, top, right, bottom = x + inset, y - 4 + inset, x + 8 - inset, y + 4 - inset
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    pen.shapes.append(Polygon(corners, None, pen.theme.outline, HEAVY, "marker", None))


def _way(pen: Pen, x: float, y: float) -> None:
    pen.arrow("down", (x + 4.0, y - 5.0), (x + 4.0, y + 5.0), None)
    pen.shapes.append(Circle((x + 4.0, y - 1.5), RING, None, pen.theme.outline, 0.8, "marker", None))
