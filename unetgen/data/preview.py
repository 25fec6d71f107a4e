"""A sheet of samples with their classes laid over, as PNG or as an HTML page."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from unetgen.data.samples import Panel, Sample, shown_range
from unetgen.visible import visible

if TYPE_CHECKING:
    import PIL.Image
    import PIL.ImageDraw

SUFFIXES = (".png", ".html")
SIDE, GAP, TEXT, LEFT = 192, 8, 18, 150
"""Pixels: of a picture's longer side, between pictures, of a line, of the names."""
COLOURS = (
    (230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66),
    (0, 114, 178), (213, 94, 0), (204, 121, 167),
)  # fmt: skip
"""Of Okabe and Ito (2008, Color Universal Design), told apart by all readers; the background has none."""
IGNORED = (128, 128, 128)
STRENGTH = 0.45
CAPTION = (
    "Each row is a case: whole, a patch as it is, and patches with augmentation, as the network sees them. "
    "Colours are classes."
)
BACK, INK = (255, 255, 255), (30, 30, 30)


def preview(samples: Sequence[Sample], classes: Sequence[str], suffix: str, title: str) -> bytes:
    """The sheet in the format of `suffix`, one of `SUFFIXES`; `classes` are named by number."""
    picture = png(samples, classes)
    if suffix == ".png":
        return picture
    source = base64.b64encode(picture).decode("ascii")
    name = html.escape(visible(title))
    page = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<title>{name}</title>
<style>body{{font-family:sans-serif;margin:1.5rem}}img{{max-width:100%}}</style></head>
<body><h1>{name}</h1>
<p>{CAPTION}</p>
<img alt="{CAPTION}" src="data:image/png;base64,{source}">
</body></html>
"""
    return page.encode("utf-8")


def png(samples: Sequence[Sample], classes: Sequence[str]) -> bytes:
    """The sheet as a PNG."""
    from PIL import Image, ImageDraw

    columns = max(len(sample.panels) for sample in samples)
    width = LEFT + columns * (SIDE + GAP) + GAP
    height = 2 * TEXT + len(samples) * (SIDE + TEXT + GAP) + GAP
    sheet = Image.new("RGB", (width, height), BACK)
    draw = ImageDraw.Draw(sheet)
    _legend(draw, list(_named(samples, classes)))
    for row, sample in enumerate(samples):
        top = 2 * TEXT + row * (SIDE + TEXT + GAP)
        _text(draw, (GAP, top + TEXT), _cut(sample.name, 22))
        _text(draw, (GAP, top + 2 * TEXT), sample.side or "")
        low, high = shown_range(sample.panels)
        for column, panel in enumerate(sample.panels):
            left = LEFT + column * (SIDE + GAP)
            _text(draw, (left, top), panel.title)
            sheet.paste(_picture(panel, low, high, len(classes)), (left, top + TEXT))
    stream = io.BytesIO()
    sheet.save(stream, format="PNG")
    return stream.getvalue()


def overlaid(panel: Panel, low: float, high: float, classes: int) -> np.ndarray:
    """The panel in colours ``(rows, columns, 3)`` uint8, its classes laid over.

    `low` is shown black and `high` white. Of images that have neither one nor three channels the first is
    shown.
    """
    values = panel.values if panel.values.shape[-1] == 3 else panel.values[..., :1]
    grey = np.clip((values - low) / (high - low), 0, 1) * 255
    shown = np.broadcast_to(grey, (*grey.shape[:2], 3)).astype(np.float64)
    if panel.labels is not None:
        for number in np.unique(panel.labels).tolist():
            if number:
                at = panel.labels == number
                shown[at] = (1 - STRENGTH) * shown[at] + STRENGTH * np.array(colour_of(number, classes))
    return shown.round().astype(np.uint8)


def colour_of(number: int, classes: int) -> tuple[int, int, int]:
    """The colour of a class but the first, or of what is ignored."""
    return COLOURS[(number - 1) % len(COLOURS)] if 0 < number < classes else IGNORED


def _picture(panel: Panel, low: float, high: float, classes: int) -> PIL.Image.Image:
    from PIL import Image

    picture = Image.fromarray(overlaid(panel, low, high, classes))
    factor = SIDE / max(picture.size)
    size = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
    return picture.resize(size, Image.Resampling.NEAREST if factor > 1 else Image.Resampling.BOX)


def _named(samples: Sequence[Sample], classes: Sequence[str]) -> Iterator[tuple[str, tuple[int, int, int]]]:
    """What has a colour, and which."""
    for number in range(1, len(classes)):
        yield classes[number], colour_of(number, len(classes))
    panels = [panel.labels for sample in samples for panel in sample.panels if panel.labels is not None]
    if any(((labels < 0) | (labels >= len(classes))).any() for labels in panels):
        yield "not learned from", IGNORED


def _legend(draw: PIL.ImageDraw.ImageDraw, named: Iterable[tuple[str, tuple[int, int, int]]]) -> None:
    left = LEFT
    for name, colour in named:
        draw.rectangle((left, 4, left + 12, 16), fill=colour)
        shown = _cut(name, 20)
        _text(draw, (left + 18, 2), shown)
        left += 30 + 8 * len(shown)


def _text(draw: PIL.ImageDraw.ImageDraw, place: tuple[int, int], text: str) -> None:
    from PIL import ImageFont

    draw.text(place, visible(text).replace("\n", " "), fill=INK, font=ImageFont.load_default(12))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"...{text[3 - most :]}"
