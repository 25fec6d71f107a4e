"""Themes under every eye: what is drawn can be seen, and text can be read."""

from __future__ import annotations

from itertools import combinations
from typing import get_args

import pytest

from unetgen.emit.figure.themes import DASHES, THEMES, WEIGHTS, Fill, Stroke, darker, theme_named
from unetgen.errors import UnetgenError

Matrix = tuple[tuple[float, float, float], ...]
# Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB; grey: the luminance of sRGB.
VISIONS: dict[str, Matrix] = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "greyscale": ((0.2126, 0.7152, 0.0722),) * 3,
}
DIRECTIONS = {"down": "down", "up": "up"}


def linear(colour: str) -> tuple[float, float, float]:
    values = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values)
    return red, green, blue


def luminance(colour: str, vision: Matrix) -> float:
    source = linear(colour)
    seen = [min(max(sum(m * v for m, v in zip(row, source, strict=True)), 0.0), 1.0) for row in vision]
    return 0.2126 * seen[0] + 0.7152 * seen[1] + 0.0722 * seen[2]


def contrast(one: str, two: str, vision: Matrix) -> float:
    a, b = sorted((luminance(one, vision), luminance(two, vision)))
    return (b + 0.05) / (a + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("vision", VISIONS)
def test_everything_stands_out_from_the_paper(theme: str, vision: str) -> None:
    shown, matrix = THEMES[theme], VISIONS[vision]
    paper = shown.background or "#FFFFFF"
    assert all(contrast(stroke, paper, matrix) >= 2.5 for stroke in shown.strokes.values())
    assert contrast(shown.outline, paper, matrix) >= 7
    assert all(contrast(shown.text, fill, matrix) >= 4.5 for fill in (paper, *shown.fills.values()))


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("vision", VISIONS)
def test_operations_that_look_alike_differ_otherwise(theme: str, vision: str) -> None:
    strokes, matrix = THEMES[theme].strokes, VISIONS[vision]
    for one, two in combinations(strokes, 2):
        codes = [(DIRECTIONS.get(kind, "across"), WEIGHTS[kind], DASHES.get(kind)) for kind in (one, two)]
        alike = contrast(strokes[one], strokes[two], matrix) < 1.5
        assert codes[0] != codes[1], (one, two, alike)


def test_every_theme_has_every_stroke_and_fill() -> None:
    for theme in THEMES.values():
        assert set(theme.strokes) == set(get_args(Stroke)) == set(WEIGHTS)
        assert set(theme.fills) == set(get_args(Fill))


def test_the_default_is_the_specification() -> None:
    okabe = theme_named("okabe")
    assert list(okabe.strokes.values()) == ["#0072B2", "#D55E00", "#009E73", "#666666", "#CC79A7"]
    assert list(WEIGHTS.values()) == [1.0, 1.2, 1.2, 1.8, 1.0] and DASHES == {"head": (1.6, 1.2)}
    assert okabe.background is None and okabe.text == "#000000"


def test_the_side_of_a_cuboid_is_darker() -> None:
    assert darker("#FFFFFF", 0.84) == "#D6D6D6"


def test_an_unknown_theme_is_refused_with_those_that_exist() -> None:
    with pytest.raises(UnetgenError, match=r"'sepia'; there are okabe, gray, classic, dark"):
        theme_named("sepia")
