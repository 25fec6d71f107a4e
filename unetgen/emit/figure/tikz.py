"""TikZ: a page that compiles with plain `standalone` and `tikz`, set in the paper's own font.

Every look has a named style at the top, and every colour a name, so that a hand can change all boxes or
arrows of a sort at once. Coordinates are those of the other formats: points of 1/72 inch, y downwards.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby

from unetgen.emit.figure.fonts import advance
from unetgen.emit.figure.shapes import Circle, Line, Picture, Point, Polygon, Shape, Text
from unetgen.emit.figure.svg import number
from unetgen.emit.figure.tex import escaped

Names = Mapping[str, str]
"""From a colour, or a style's definition, to its name."""
WIDER = 1.15
"""How much wider than the face of the other formats a label may be before it is set smaller."""
FIT = (
    r"\providecommand{\unetgenfit}[2]"
    r"{{\sbox0{#2}\ifdim\wd0>#1\relax\resizebox{#1}{!}{\usebox0}\else\usebox0\fi}}"
)


def tikz(picture: Picture) -> str:
    """The picture as LaTeX source; ``\\input`` it with the package `standalone`, or compile it alone."""
    colours = _colours(picture)
    styles = _styles(picture, colours)
    lines = [
        f"% {_comment(picture.title)}",
        f"% {_comment(picture.description)}",
        r"\documentclass{standalone}",
        r"\usepackage{tikz}",
        r"\begin{document}",
        r"\begin{tikzpicture}[x=1bp, y=-1bp]",
        *(rf"\definecolor{{{name}}}{{HTML}}{{{colour[1:]}}}" for colour, name in colours.items()),
        r"\tikzset{",
        *(f"  {name}/.style={{{definition}}}," for definition, name in styles.items()),
        "}",
        "% A label no wider than its room: the paper's font may be wider than the one that was measured.",
        FIT,
        *_box(picture, colours),
    ]
    for group, shapes in groupby(picture.shapes, key=lambda shape: shape.group):
        if group is not None:
            lines.append(f"% {_comment(group)}")
        for shape in shapes:
            style = styles[_look(shape, colours)]
            lines.append(
                _label(shape, style, picture.width) if isinstance(shape, Text) else _drawn(shape, style)
            )
    return "\n".join([*lines, r"\end{tikzpicture}", r"\end{document}", ""])


def _box(picture: Picture, colours: Names) -> Iterator[str]:
    """The size on paper, whatever the text's font makes of the labels."""
    corners = f"(0,0) rectangle ({number(picture.width)},{number(picture.height)})"
    yield rf"\useasboundingbox {corners};"
    if picture.background:
        yield rf"\fill[{colours[picture.background.upper()]}] {corners};"


def _styles(picture: Picture, colours: Names) -> dict[str, str]:
    """One style a look, named after its role; further looks of a role are numbered."""
    styles: dict[str, str] = {}
    seen: Counter[str] = Counter()
    for shape in picture.shapes:
        look = _look(shape, colours)
        if look not in styles:
            styles[look] = _numbered(_style_name(shape, colours), seen)
    return styles


def _style_name(shape: Shape, colours: Names) -> str:
    kind = {Polygon: "", Circle: "", Line: " line", Text: " text"}[type(shape)]
    role = shape.role
    if isinstance(shape, Polygon) and shape.fill and not shape.stroke:  # the head of an arrow has its colour
        role = f"{colours[shape.fill.upper()].removeprefix(PREFIX)} {role}"
    return " ".join(f"unetgen {_plain(role)}{kind}".split())


def _numbered(name: str, seen: Counter[str]) -> str:
    seen[name] += 1
    return name if seen[name] == 1 else f"{name} {seen[name]}"


def _plain(role: str) -> str:
    return "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in role)


def _look(shape: Shape, colours: Names) -> str:
    """What a style says: everything but the place."""
    if isinstance(shape, Text):
        base = {"start": "base west", "middle": "base", "end": "base east"}[shape.anchor]
        size = rf"\fontsize{{{number(shape.size)}bp}}{{{number(1.2 * shape.size)}bp}}\selectfont"
        font = size + (r"\bfseries" if shape.bold else "")
        return f"anchor={base}, inner sep=0pt, text={colours[shape.fill.upper()]}, font={{{font}}}"
    stroke = ""
    if shape.stroke:
        stroke = f"draw={colours[shape.stroke.upper()]}, line width={number(shape.width)}bp"
    if isinstance(shape, Line):
        pieces = [f"{word} {number(n)}bp" for word, n in zip(("on", "off") * 8, shape.dash, strict=False)]
        return f"{stroke}, dash pattern={' '.join(pieces)}" if pieces else stroke
    fill = f"fill={colours[shape.fill.upper()]}" if shape.fill else ""
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


def _label(shape: Text, style: str, page: float) -> str:
    beside = {"start": page - shape.at[0], "middle": page, "end": shape.at[0]}[shape.anchor]
    room = number(min(WIDER * advance(shape.text, shape.size, shape.bold), beside))
    return rf"\node[{style}] at {_at(shape.at)} {{\unetgenfit{{{room}bp}}{{{escaped(shape.text)}}}}};"


_DRAWN: dict[type[Shape], Callable[..., str]] = {Polygon: _polygon, Circle: _circle, Line: _line}


def _drawn(shape: Shape, style: str) -> str:
    return _DRAWN[type(shape)](shape, style)


def _at(point: Point) -> str:
    return f"({number(point[0])},{number(point[1])})"


def _between(start: Point, end: Point, part: float) -> Point:
    return start[0] + part * (end[0] - start[0]), start[1] + part * (end[1] - start[1])


PREFIX = "unetgen-"


def _colours(picture: Picture) -> dict[str, str]:
    """Every colour with its name: that of the first arrow that has it, else of the first box or text."""
    names = {picture.background.upper(): f"{PREFIX}background"} if picture.background else {}
    seen: Counter[str] = Counter()

    def note(colour: str | None, name: str) -> None:
        if colour and colour.upper() not in names:
            names[colour.upper()] = _numbered(f"{PREFIX}{'-'.join(_plain(name).split())}", seen).replace(
                " ", "-"
            )

    for line in (shape for shape in picture.shapes if isinstance(shape, Line)):
        note(line.stroke, line.role)
    for shape in picture.shapes:
        if isinstance(shape, Text):
            note(shape.fill, "text")
        elif not isinstance(shape, Line):
            note(shape.fill, shape.role)
            note(shape.stroke, "outline")
    return names


def _comment(text: str) -> str:
    """`text` on one line: a line break would end the comment."""
    return " ".join(text.split())
