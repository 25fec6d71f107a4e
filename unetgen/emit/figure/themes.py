"""Strokes and fills of the operations and tensors, theme by theme.

Colour is never the only code: direction, weight and dash are the same in every theme.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from unetgen.errors import UnetgenError

Stroke = Literal["conv", "down", "up", "skip", "head"]
Fill = Literal["map", "up", "copied", "input", "head", "gate"]

WEIGHTS: Mapping[Stroke, float] = {"conv": 1.0, "down": 1.2, "up": 1.2, "skip": 1.8, "head": 1.0}
"""Widths of the arrows' shafts in points."""
DASHES: Mapping[Stroke, tuple[float, ...]] = {"head": (1.6, 1.2)}


@dataclass(frozen=True)
class Theme:
    """The colours of one theme; no `background` means that the paper shows."""

    strokes: Mapping[Stroke, str]
    fills: Mapping[Fill, str]
    background: str | None = None
    outline: str = "#1A1A1A"
    text: str = "#000000"


_OKABE_FILLS: Mapping[Fill, str] = {
    "map": "#CFE3F1", "up": "#CDEBE1", "copied": "#FFFFFF", "input": "#E8E8E8", "head": "#F0D9E6",
    "gate": "#F7E3C4",
}  # fmt: skip

THEMES: Mapping[str, Theme] = {
    "okabe": Theme(
        {"conv": "#0072B2", "down": "#D55E00", "up": "#009E73", "skip": "#666666", "head": "#CC79A7"},
        _OKABE_FILLS,
    ),
    "gray": Theme(
        {"conv": "#262626", "down": "#262626", "up": "#262626", "skip": "#7A7A7A", "head": "#262626"},
        {"map": "#DADADA", "up": "#EDEDED", "copied": "#FFFFFF", "input": "#F5F5F5", "head": "#B8B8B8",
         "gate": "#FFFFFF"},
    ),
    "classic": Theme(
        {"conv": "#1F4E9E", "down": "#C00000", "up": "#4E8F00", "skip": "#8C8C8C", "head": "#008B8B"},
        {"map": "#9DBFE3", "up": "#9DBFE3", "copied": "#FFFFFF", "input": "#9DBFE3", "head": "#9DBFE3",
         "gate": "#F2DCA0"},
    ),
    "dark": Theme(
        {"conv": "#56B4E9", "down": "#E69F00", "up": "#009E73", "skip": "#A8A8A8", "head": "#CC79A7"},
        {"map": "#1D3F57", "up": "#0F4636", "copied": "#121212", "input": "#3A3A3A", "head": "#4F2C41",
         "gate": "#55431C"},
        background="#121212",
        outline="#D8D8D8",
        text="#F2F2F2",
    ),
}  # fmt: skip


def theme_named(name: str) -> Theme:
    """The theme of that name; raises `UnetgenError` with the names that there are."""
    if name not in THEMES:
        raise UnetgenError(f"no such theme: {name!r}; there are {', '.join(THEMES)}")
    return THEMES[name]


def darker(colour: str, factor: float) -> str:
    """A colour with every channel times `factor`.

    >>> darker("#FF8000", 0.5)
    '#804000'
    """
    channels = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{int(value * factor + 0.5):02X}" for value in channels)
