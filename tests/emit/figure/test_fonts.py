"""The hand-read font tables against fontTools."""

from __future__ import annotations

import subprocess
import sys

import pytest
from fontTools.pens.boundsPen import BoundsPen
from fontTools.ttLib import TTFont

from unetgen.emit.figure import fonts

LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz×+²³(),:;./–-_ é⊕"


@pytest.mark.parametrize("bold", [False, True])
@pytest.mark.parametrize("letter", LETTERS)
def test_letters_measure_what_fonttools_says(letter: str, bold: bool) -> None:
    font = TTFont(fonts.font_file(bold))
    glyphs = font.getGlyphSet()
    name = font.getBestCmap().get(ord(letter), ".notdef")
    assert fonts.advance(letter, 2048, bold) == glyphs[name].width
    pen = BoundsPen(glyphs)
    glyphs[name].draw(pen)
    left, low, right, high = pen.bounds or (0, 0, 0, 0)
    assert fonts.ink(letter, 2048, bold) == pytest.approx((left, -high, right, -low), abs=1)


def test_a_line_is_as_long_as_its_letters() -> None:
    assert fonts.advance("64+128", 6.5) == pytest.approx(sum(fonts.advance(c, 6.5) for c in "64+128"))
    left, top, right, bottom = fonts.ink("gH", 6.5)
    assert top == -fonts.cap_height(6.5) and bottom > 0
    assert 0 < left < right < fonts.advance("gH", 6.5)


def test_blank_text_leaves_no_mark() -> None:
    assert fonts.ink("", 6.5) == fonts.ink("  ", 6.5) == (0.0, 0.0, 0.0, 0.0)


def test_measuring_imports_no_font_library() -> None:
    code = "import sys; from unetgen.emit.figure import picture, fonts; fonts.advance('a', 6)\n"
    code += "heavy = {'fontTools', 'fpdf', 'numpy', 'keras', 'font_roboto'}\n"
    code += "print([name for name in sys.modules if name.split('.')[0] in heavy])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
