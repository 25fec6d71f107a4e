from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image

from tests.emit.figure.drawn import PICTURE
from unetgen.emit.figure.png import png
from unetgen.emit.figure.shapes import Picture


def image(picture: Picture, dpi: int = 300) -> Image.Image:
    found = Image.open(BytesIO(png(picture, dpi)))
    found.load()
    return found


@pytest.mark.parametrize("dpi", [72, 150, 299, 300, 600])
@pytest.mark.parametrize(
    ("width", "height"), [(245.0, 110.25), (345.8, 173.3), (518.7, 211.77), (101.0, 313.1)]
)
def test_the_pixels_are_those_of_the_size_on_paper(width: float, height: float, dpi: int) -> None:
    found = image(replace(PICTURE, width=width, height=height), dpi)
    assert found.size == (round(width / 72 * dpi), round(height / 72 * dpi))


@pytest.mark.parametrize("dpi", [96, 300])
def test_the_resolution_is_recorded(dpi: int) -> None:
    assert image(PICTURE, dpi).info["dpi"] == pytest.approx((dpi, dpi), abs=0.02)


def test_shapes_have_their_colours_at_their_places() -> None:
    found = image(PICTURE, 720).convert("RGB")  # ten pixels to the point
    at = {
        (250, 500): (0xE8, 0xE8, 0xE8),
        (760, 500): (0xCF, 0xE3, 0xF1),
        (400, 500): (0x00, 0x72, 0xB2),
        (1400, 570): (0xF7, 0xE3, 0xC4),
        (200, 500): (0x1A, 0x1A, 0x1A),
        (2400, 1000): (0xFF, 0xFF, 0xFF),
    }
    assert {place: found.getpixel(place) for place in at} == at


def test_text_is_drawn_by_the_font_that_comes_along() -> None:
    found = image(PICTURE, 720).convert("L")
    label = found.crop((650, 120, 870, 180))
    assert label.getextrema() == (0, 255)
    ink = sum(label.histogram()[:128]) / (label.width * label.height)
    assert 0.1 < ink < 0.5


def test_it_is_opaque() -> None:
    assert image(PICTURE).convert("RGBA").getchannel("A").getextrema() == (255, 255)
    dark = image(replace(PICTURE, background="#121212")).convert("RGB")
    assert dark.getpixel((1000, 440)) == (0x12, 0x12, 0x12)
