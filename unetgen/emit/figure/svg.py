"""SVG: text stays text, nothing is referenced from outside, nothing runs.

Neighbouring shapes of one drawn group share a ``<g>``; the display list's order says what lies on top.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from html import escape
from itertools import groupby

from unetgen.emit.figure.shapes import Circle, Line, Picture, Point, Polygon, Shape, Text

FAMILIES = "Roboto, Arial, Helvetica, sans-serif"
Attributes = Mapping[str, str]


def svg(picture: Picture) -> str:
    """The picture as a file of its own, or to be put into a page."""
    return document(picture, {"role": "img"})


def document(picture: Picture, root: Attributes, of_group: Callable[[str], Attributes] | None = None) -> str:
    """The picture with further attributes on its root, and on the first ``<g>`` of every drawn group."""
    width, height = number(picture.width), number(picture.height)
    title, description = f"{picture.prefix}-title", f"{picture.prefix}-desc"
    top = {
        "xmlns": "http://www.w3.org/2000/svg",
        "width": f"{width}pt",
        "height": f"{height}pt",
        "viewBox": f"0 0 {width} {height}",
        **root,
        "aria-labelledby": f"{title} {description}",
        "font-family": FAMILIES,
    }
    lines = [
        f"<svg{_written(top)}>",
        f'<title id="{title}">{_text(picture.title)}</title>',
        f'<desc id="{description}">{_text(picture.description)}</desc>',
    ]
    if picture.background:
        lines.append(f'<rect width="{width}" height="{height}" fill="{picture.background}"/>')
    lines += _grouped(picture, of_group)
    return "\n".join([*lines, "</svg>", ""])


def _grouped(picture: Picture, of_group: Callable[[str], Attributes] | None) -> Iterator[str]:
    """Ids are numbered: names of groups may differ in characters that ids cannot hold."""
    place = {name: index for index, name in enumerate(picture.groups)}
    begun: set[str] = set()
    for group, shapes in groupby(picture.shapes, key=lambda shape: shape.group):
        drawn = [_DRAWN[type(shape)](shape) for shape in shapes]
        if group is None:
            yield from drawn
            continue
        attributes = {"data-group": group}
        if group not in begun:
            attributes = {"id": f"{picture.prefix}-g{place[group]}", **attributes}
            attributes |= of_group(group) if of_group else {}
            begun.add(group)
        yield f"<g{_written(attributes)}>"
        yield from drawn
        yield "</g>"


def _polygon(shape: Polygon) -> str:
    points = " ".join(f"{number(x)},{number(y)}" for x, y in shape.points)
    return f'<polygon points="{points}"{_paint(shape.fill, shape.stroke, shape.width)}/>'


def _circle(shape: Circle) -> str:
    (x, y), radius = shape.centre, number(shape.radius)
    paint = _paint(shape.fill, shape.stroke, shape.width)
    return f'<circle cx="{number(x)}" cy="{number(y)}" r="{radius}"{paint}/>'


def _line(shape: Line) -> str:
    dash = {"stroke-dasharray": " ".join(map(number, shape.dash))} if shape.dash else {}
    paint = _paint(None, shape.stroke, shape.width) + _written(dash)
    if shape.curve:
        start, control, end = map(_pair, shape.points)
        return f'<path d="M{start} Q{control} {end}"{paint}/>'
    return f'<path d="M{" L".join(map(_pair, shape.points))}"{paint}/>'


def _label(shape: Text) -> str:
    x, y = shape.at
    attributes = {
        "x": number(x),
        "y": number(y),
        "font-size": number(shape.size),
        **({"text-anchor": shape.anchor} if shape.anchor != "start" else {}),
        **({"font-weight": "bold"} if shape.bold else {}),
        "fill": shape.fill,
    }
    return f"<text{_written(attributes)}>{_text(shape.text)}</text>"


_DRAWN: dict[type[Shape], Callable[..., str]] = {
    Polygon: _polygon, Circle: _circle, Line: _line, Text: _label,
}  # fmt: skip


def _paint(fill: str | None, stroke: str | None, width: float) -> str:
    outline = {"stroke": stroke, "stroke-width": number(width)} if stroke else {}
    return _written({"fill": fill or "none", **outline})


def _written(attributes: Attributes) -> str:
    return "".join(f' {name}="{escape(_legal(value))}"' for name, value in attributes.items())


def _pair(point: Point) -> str:
    return f"{number(point[0])} {number(point[1])}"


_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _legal(text: str) -> str:
    """Without the few characters that XML cannot hold; a name in a config may have them."""
    return _ILLEGAL.sub("\ufffd", text)


def _text(text: str) -> str:
    return escape(_legal(text), quote=False)


def number(value: float) -> str:
    """Points, to a thousandth, without what says nothing.

    >>> number(12.50049), number(-0.0001), number(3)
    ('12.5', '0', '3')
    """
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
