from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from tests.emit.figure.drawn import PICTURE, SHAPES
from unetgen.emit.figure.pdf import pdf
from unetgen.emit.figure.shapes import Line, Text


@pytest.fixture(scope="module")
def reader() -> PdfReader:
    return PdfReader(BytesIO(pdf(PICTURE)))


def test_one_page_of_the_size_on_paper(reader: PdfReader) -> None:
    (page,) = reader.pages
    box = page.mediabox
    assert (float(box.width), float(box.height)) == pytest.approx((245, 110.25), abs=0.01)


def test_labels_are_text(reader: PdfReader) -> None:
    text = reader.pages[0].extract_text()
    assert all(shape.text in text for shape in SHAPES if isinstance(shape, Text))


def test_labels_stand_where_the_display_list_says(reader: PdfReader) -> None:
    places: dict[str, tuple[float, float]] = {}

    def visit(text: str, _: Any, matrix: list[float], *__: Any) -> None:
        if text.strip():
            places[text.strip()] = (matrix[4], matrix[5])

    reader.pages[0].extract_text(visitor_text=visit)
    x, y = places["1"]
    width = 6.5 * 0.5615  # the advance of a digit in Roboto
    assert (x, y) == pytest.approx((25 - width / 2, 110.25 - 17.8), abs=0.05)
    assert places["right"][0] < 240 - 10


def test_the_fonts_are_truetype_embedded_and_subset(reader: PdfReader) -> None:
    fonts: Any = reader.pages[0]["/Resources"]["/Font"]  # type: ignore[index]
    assert len(fonts) == 2  # regular and bold
    for font in fonts.values():
        described = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        assert "/FontFile2" in described
        assert len(described["/FontFile2"].get_object().get_data()) < 20_000
        assert "+Roboto" in described["/FontName"]


def test_lines_end_where_they_are_said_to(reader: PdfReader) -> None:
    """Square ends, with which fpdf2 begins a page, would lengthen every arrow and close dashes' gaps."""
    page: Any = reader.pages[0]
    states = {name: each.get_object() for name, each in page["/Resources"]["/ExtGState"].items()}
    stroked = [
        line for line in page.get_contents().get_data().decode("latin-1").splitlines() if "S Q" in line
    ]
    assert len(stroked) == sum(isinstance(shape, Line) for shape in SHAPES)
    for line in stroked:
        last = re.findall(r"(/GS\d+) gs", line)[-1]
        assert (states[last]["/LC"], states[last]["/LJ"]) == (0, 0)
    assert sum("[1.6 1.2] 0 d" in line for line in stroked) == 1


def test_nothing_in_it_changes_from_day_to_day(reader: PdfReader) -> None:
    assert reader.metadata is not None
    assert {key: str(value) for key, value in reader.metadata.items()} == {
        "/Title": PICTURE.title,
        "/Subject": PICTURE.description,
        "/Producer": "unetgen",
        "/CreationDate": "D:20000101000000Z",
    }
    assert pdf(PICTURE) == pdf(PICTURE)
