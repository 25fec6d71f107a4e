"""Widths of paper: figures are drawn at their final size and never scaled."""

from __future__ import annotations

import re
from collections.abc import Mapping

from unetgen.errors import UnetgenError

WIDTHS: Mapping[str, float] = {
    "single": 245.0, "ieee": 252.0, "lncs": 345.8, "double": 515.5, "nature": 518.7,
}  # fmt: skip
"""Points. One column is 3.4 in, IEEE's 3.5 in, LNCS 122 mm, two IEEE columns 7.16 in, Nature's 183 mm."""
UNITS: Mapping[str, float] = {"pt": 1.0, "mm": 72 / 25.4, "in": 72.0}
NARROWEST, WIDEST = 60.0, 3000.0
_NUMBER = re.compile(r"(\d{1,6}(?:\.\d{1,6})?)\s*(pt|mm|in)?")


def width_in_points(width: str | float) -> float:
    """A width by its name, or as a number with pt, mm or in (pt where there is none).

    >>> width_in_points("single"), width_in_points("88.9mm"), width_in_points("3.5in")
    (245.0, 252.0, 252.0)
    """
    if isinstance(width, str) and width in WIDTHS:
        return WIDTHS[width]
    match = _NUMBER.fullmatch(width.strip()) if isinstance(width, str) else None
    points = float(match[1]) * UNITS[match[2] or "pt"] if match else width
    if isinstance(points, str | bool):
        raise UnetgenError(
            f"not a width: {width!r}; write {', '.join(WIDTHS)}, or a number with pt, mm or in such as 120mm"
        )
    if not NARROWEST <= points <= WIDEST:
        raise UnetgenError(f"a width of {points:g} pt is not between {NARROWEST:g} and {WIDEST:g}")
    return round(points, 4)
