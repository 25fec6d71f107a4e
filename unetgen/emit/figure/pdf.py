"""PDF through fpdf2: one page of the figure's size, fonts embedded and subset, text selectable.

The dates are fixed and the file's id follows from its content: equal pictures are equal files.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from fpdf import FPDF
from fpdf.drawing import PaintedPath

from unetgen.emit.figure.fonts import FAMILY, advance, font_file
from unetgen.emit.figure.shapes import Circle, Line, Picture, Polygon, Shape, Text

DATE = datetime(2000, 1, 1, tzinfo=UTC)


def pdf(picture: Picture) -> bytes:
    """The picture as a page without margins, for ``\\includegraphics``."""
    page = FPDF(unit="pt", format=(picture.width, picture.height))
    page.set_creation_date(DATE)
    page.set_producer("unetgen")
    page.set_title(picture.title)
    page.set_subject(picture.description)
    page.set_lang("en")
    page.set_margin(0)
    page.set_auto_page_break(False)
    for style, bold in (("", False), ("B", True)):
        page.add_font(FAMILY, style, font_file(bold))
    page.add_page()
    if picture.background:
        corners = ((0.0, 0.0), (picture.width, 0.0), (picture.width, picture.height), (0.0, picture.height))
        _polygon(page, Polygon(corners, fill=picture.background))
    for shape in picture.shapes:
        _DRAW[type(shape)](page, shape)
    return bytes(page.output())


def _polygon(page: FPDF, shape: Polygon) -> None:
    path = _path(shape.points[0], shape.fill, shape.stroke, shape.width)
    for point in shape.points[1:]:
        path.line_to(*point)
    path.close()
    _draw(page, path)


def _circle(page: FPDF, shape: Circle) -> None:
    path = _path(shape.centre, shape.fill, shape.stroke, shape.width)
    path.circle(*shape.centre, shape.radius)
    _draw(page, path)


def _line(page: FPDF, shape: Line) -> None:
    path = _path(shape.points[0], None, shape.stroke, shape.width)
    path.style.auto_close = False
    if shape.dash:
        path.style.stroke_dash_pattern = shape.dash
    if shape.curve:
        _, control, end = shape.points
        path.quadratic_curve_to(*control, *end)
    else:
        for point in shape.points[1:]:
            path.line_to(*point)
    _draw(page, path)


def _text(page: FPDF, shape: Text) -> None:
    page.set_font(FAMILY, "B" if shape.bold else "", shape.size)
    page.set_text_color(shape.fill)
    x, y = shape.at
    width = advance(shape.text, shape.size, shape.bold)
    page.text(x - {"start": 0.0, "middle": width / 2, "end": width}[shape.anchor], y, shape.text)


_DRAW: dict[type[Shape], Callable[..., None]] = {
    Polygon: _polygon, Circle: _circle, Line: _line, Text: _text,
}  # fmt: skip


def _path(start: tuple[float, float], fill: str | None, stroke: str | None, width: float) -> PaintedPath:
    path = PaintedPath(*start)
    path.style.fill_color = fill
    path.style.stroke_color = stroke
    path.style.stroke_width = width if stroke else None
    path.style.stroke_cap_style = "butt"
    path.style.stroke_join_style = "miter"
    path.style.stroke_dash_pattern = None
    return path


def _draw(page: FPDF, path: PaintedPath) -> None:
    with page.drawing_context() as context:
        context.add_item(path, clone=False)
