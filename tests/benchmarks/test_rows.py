"""Rows of results, and the tables made of them."""

from __future__ import annotations

import pytest

from benchmarks.markdown import page
from benchmarks.rows import Row
from benchmarks.speed import noise
from unetgen.measuring.machine import Machine

INF = float("inf")
MACHINE = Machine(None, "A CPU", (None, None, None), ("avx2",), 2, 8, "Linux", "3.13.0", {"keras": "3.15.0"})


@pytest.mark.parametrize(
    ("within", "holds", "limit"),
    [
        ((0, 2), True, "<= 2"),
        ((0, 1.5), False, "<= 1.5"),
        ((1.6, INF), True, ">= 1.6"),
        ((2.5, INF), False, ">= 2.5"),
        ((1.75, 2.25), True, "1.75..2.25"),
        ((0, INF), True, ""),
    ],
)
def test_the_median_is_held_against_the_limit(within: tuple[float, float], holds: bool, limit: str) -> None:
    row = Row("a", "b", (1.0, 2.0, 9.0), within)
    assert (row.holds, row.limit) == (holds, limit)
    assert ("ok" if holds else "FAILS") in row.line()


def test_what_was_skipped_says_why_everywhere_and_fails_nothing() -> None:
    row = Row("torch / ours", "s / s", (), (5, INF), skipped="torch is not installed")
    assert row.holds
    assert "skipped: torch is not installed" in row.line()
    assert row.plain()["skipped"] == "torch is not installed"
    assert "skipped: torch is not installed" in page({"speed": [row]}, MACHINE)


def test_noise_is_the_median_distance_from_the_median() -> None:
    assert noise([1.0, 1.1, 1.3, 0.9, 5.0]) == pytest.approx(0.2)


def test_a_page_names_the_machine_and_gives_every_row_its_cells() -> None:
    detail = {"seconds": [1.0, 3.0, 2.0], "theirs_seconds": [4.0, 4.0, 4.0]}
    text = page({"speed": [Row("x", "s / s", (2.0, 3.0, 4.0), (2.5, INF), detail)]}, MACHINE)
    assert "A CPU (avx2), 2 cores, 8 GiB, Linux; Python 3.13.0, keras 3.15.0" in text
    assert "| x | 3.000 | 2.000 to 4.000 | >= 2.5 | 4.000 / 2.000 | yes |" in text
