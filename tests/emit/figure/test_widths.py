from __future__ import annotations

import pytest

from unetgen.emit.figure.widths import WIDTHS, width_in_points
from unetgen.errors import UnetgenError


def test_names_are_the_publishers_widths() -> None:
    assert width_in_points("lncs") == pytest.approx(122 / 25.4 * 72, abs=0.05)
    assert width_in_points("nature") == pytest.approx(183 / 25.4 * 72, abs=0.05)
    assert width_in_points("ieee") == 3.5 * 72
    assert width_in_points("double") == pytest.approx(7.16 * 72, abs=0.05)
    assert width_in_points("single") == pytest.approx(3.4 * 72, abs=0.25)


@pytest.mark.parametrize(
    ("given", "points"),
    [("300", 300), ("300pt", 300), ("25.4mm", 72), ("4in", 288), (" 4 in ", 288), (300, 300), (99.5, 99.5)],
)
def test_numbers_may_have_units(given: str | float, points: float) -> None:
    assert width_in_points(given) == pytest.approx(points)


@pytest.mark.parametrize(
    "given", ["wide", "", "-3", "3cm", "nan", "1e3", "0", 0, "59pt", 1e9, float("nan"), True]
)
def test_other_widths_are_refused(given: str | float) -> None:
    with pytest.raises(UnetgenError, match="width"):
        width_in_points(given)


def test_every_name_is_within_the_limits() -> None:
    assert all(width_in_points(name) == points for name, points in WIDTHS.items())
