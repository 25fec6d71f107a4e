"""TikZ: a page that compiles with plain `standalone` and `tikz`, set in the paper's own font.

Every look has a named style at the top, so that a hand can change all boxes or arrows of a sort at once.
Coordinates are those of the other formats: points of 1/72 inch, y downwards.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import groupby

from unetgen.emit.figure.shapes import Circle, Line, Picture, Point, Polygon, Shape, Text
from unetgen.emit.figure.svg import number
from unetgen.emit.figure.tex import escaped

Styles = dict[str, str]
"""From a style's definition to its name."""


def tikz(picture: Picture) -> str:
    """The picture as LaTeX source; ``\\input`` it with the package `standalone`, or compile it alone."""
    styles = _styles(picture)
    lines = [
        f"% {_comment(picture.title)}",
        f"% {_comment(picture.description)}",
        r"\documentclass{standalone}",
        r"\usepackage{tikz}",
        r"\begin{document}",
        r"\begin{tikzpicture}[x=1bp, y=-1bp]",
        *(rf"\definecolor{{{_colour(each)}}}{{HTML}}{{{each[1:].upper()}}}" for each in _colours(picture)),
        r"\tikzset{",
        *(f"  {name}/.style={{{definition}}}," for definition, name in styles.items()),
        "}",
        *_box(picture),
    ]
    for group, shapes in groupby(picture.shapes, key=lambda shape: shape.group):
        if group is not None:
            lines.append(f"% {_comment(group)}")
        lines += [_DRAWN[type(shape)](shape, styles[_look(shape)]) for shape in shapes]
    return "\n".join([*lines, r"\end{tikzpicture}", r"\end{document}", ""])


def _box(picture: Picture) -> Iterator[str]:
    """The size on paper, whatever the text's font makes of the labels."""
    corners = f"(0,0) rectangle ({number(picture.width)},{number(picture.height)})"
    yield rf"\useasboundingbox {corners};"
    if picture.background:
        yield rf"\fill[{_colour(picture.background)}] {corners};"


def _styles(picture: Picture) -> Styles:
    """One style a look, named after its role; further looks of a role are numbered."""
    styles: Styles = {}
    seen: Counter[str] = Counter()
    for shape in picture.shapes:
        look = _look(shape)
        if look not in styles:
            name = _name(shape)
            seen[name] += 1
            styles[look] = name if seen[name] == 1 else f"{name} {seen[name]}"
    return styles


def _name(shape: Shape) -> str:
    kind = {Polygon: "", Circle: "", Line: " line", Text: " text"}[type(shape)]
    role = "".join(letter if letter.isalnum() else " " for letter in shape.role)
    return " ".join(f"unetgen {role}{kind}".split())


def _look(shape: Shape) -> str:
    """What a style says: everything but the place."""
    if isinstance(shape, Text):
        base = {"start": "base west", "middle": "base", "end": "base east"}[shape.anchor]
        size = f"\\fontsize{{{number(shape.size)}bp}}{{{number(1.2 * shape.size)}bp}}\\selectfont"
        bold = r"\bfseries" if shape.bold else ""
        return f"anchor={base}, inner sep=0pt, text={_colour(shape.fill)}, font={{{size}{bold}}}"
    stroke = f"draw={_colour(shape.stroke)}, line width={number(shape.width)}bp" if shape.stroke else ""
    if isinstance(shape, Line):
        pieces = [f"{word} {number(n)}bp" for word, n in zip(("on", "off") * 8, shape.dash, strict=False)]
        return f"{stroke}, dash pattern={' '.join(pieces)}" if pieces else stroke
    fill = f"fill={_colour(shape.fill)}" if shape.fill else ""
    return ", ".join(filter(None, (fill, stroke)))


def _polygon(shape: Polygon, style: str) -> str:
    return rf"\path[{style}] {' -- '.join(map(_at, shape.points))} -- cycle;"


def _circle(shape: Circle, style: str) -> str:
    return rf"\path[{style}] {_at(shape.centre)} circle[radius={number(shape.radius)}bp];"


def _line(shape: Line, style: str) -> str:
    if not shape.curve:
        return rf"\path[{style}] {' -- '.join(map(_at, shape.points))};"
    start, control, end = shape.points
    # The cubic that equals the quadratic: TikZ has only those.
    first, second = (_between(end_point, control, 2 / 3) for end_point in (start, end))
    return rf"\path[{style}] {_at(start)} .. controls {_at(first)} and {_at(second)} .. {_at(end)};"


def _text(shape: Text, style: str) -> str:
    return rf"\node[{style}] at {_at(shape.at)} {{{escaped(shape.text)}}};"


_DRAWN: dict[type[Shape], Callable[..., str]] = {
    Polygon: _polygon, Circle: _circle, Line: _line, Text: _text,
}  # fmt: skip


def _at(point: Point) -> str:
    return f"({number(point[0])},{number(point[1])})"


def _between(start: Point, end: Point, part: float) -> Point:
    return start[0] + part * (end[0] - start[0]), start[1] + part * (end[1] - start[1])


def _colour(colour: str) -> str:
    return f"unetgen{colour[1:].upper()}"


def _colours(picture: Picture) -> list[str]:
    """Every colour once, in the order of their first use."""
    found: dict[str, None] = {picture.background: None} if picture.background else {}
    for shape in picture.shapes:
        for colour in (shape.fill if not isinstance(shape, Line) else None, getattr(shape, "stroke", None)):
            if colour:
                found[colour] = None
    return list({each.upper(): each for each in found}.values())


def _comment(text: str) -> str:
    """`text` on one line: a line break would end the comment."""
    return " ".join(text.split())
