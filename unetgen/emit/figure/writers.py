"""One writer a suffix. A writer's imports wait until it is asked for: fpdf2 alone takes half a second."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from unetgen.analysis.summary import LayerRow
from unetgen.emit.figure.shapes import Picture

Rows = Mapping[str, LayerRow]
DPI = 300


def written(picture: Picture, suffix: str, rows: Rows, dpi: int = DPI) -> bytes:
    """The picture in the format of `suffix`, one of `SUFFIXES`.

    `rows` say of every node of the plan what the page tells about it; `dpi` is for pixels alone.
    """
    return _WRITERS[suffix](picture, rows, dpi)


def _svg(picture: Picture, rows: Rows, dpi: int) -> bytes:
    from unetgen.emit.figure.svg import svg

    return svg(picture).encode()


def _pdf(picture: Picture, rows: Rows, dpi: int) -> bytes:
    from unetgen.emit.figure.pdf import pdf

    return pdf(picture)


def _png(picture: Picture, rows: Rows, dpi: int) -> bytes:
    from unetgen.emit.figure.png import png

    return png(picture, dpi)


def _tex(picture: Picture, rows: Rows, dpi: int) -> bytes:
    from unetgen.emit.figure.tikz import tikz

    return tikz(picture).encode()


def _html(picture: Picture, rows: Rows, dpi: int) -> bytes:
    from unetgen.emit.figure.html import html

    return html(picture, rows).encode()


_WRITERS: dict[str, Callable[[Picture, Rows, int], bytes]] = {
    ".svg": _svg, ".pdf": _pdf, ".png": _png, ".tex": _tex, ".html": _html,
}  # fmt: skip
SUFFIXES = tuple(_WRITERS)
