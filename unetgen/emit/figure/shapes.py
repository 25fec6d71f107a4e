"""The display list: polygons, circles, lines and text, in points, y downwards. Writers know nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Polygon:
    """A closed, filled outline: a box, a face of a cuboid, the head of an arrow.

    `role` says what it stands for (``map``, ``copied``, ``head``, ``arrow-head`` ...), `group` names the
    drawn group of the plan's nodes that it belongs to. Colours are ``#RRGGBB``.
    """

    points: tuple[Point, ...]
    fill: str | None
    stroke: str | None = None
    width: float = 0.0
    role: str = ""
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Circle:
    """A circle: an addition, a gate, a node of a nested topology."""

    centre: Point
    radius: float
    fill: str | None
    stroke: str | None = None
    width: float = 0.0
    role: str = ""
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """An open path of straight pieces, or (`curve`) one quadratic Bézier through three points."""

    points: tuple[Point, ...]
    stroke: str
    width: float
    dash: tuple[float, ...] = ()
    curve: bool = False
    role: str = ""
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text; `at` is on its baseline, at the left, middle or right end."""

    at: Point
    text: str
    size: float
    anchor: Literal["start", "middle", "end"] = "start"
    bold: bool = False
    fill: str = "#000000"
    role: str = ""
    group: str | None = None


Shape = Polygon | Circle | Line | Text


@dataclass(frozen=True)
class Picture:
    """A whole figure at its final size.

    `groups` maps every drawn group to the names of the plan's nodes in it; together they are all nodes.
    `title` and `description` are for readers who cannot see it.
    """

    width: float
    height: float
    background: str | None
    shapes: tuple[Shape, ...]
    groups: Mapping[str, tuple[str, ...]]
    title: str
    description: str
    caption: str
    prefix: str
    """First characters of the fingerprint: ids begin with it, so that two inline figures do not clash."""
    notes: tuple[str, ...] = ()
    """What the reader of the command line should know, such as a view that another one stands in for."""
