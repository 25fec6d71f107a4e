from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sweep.sweeps import failed, made_up, ok
from unetgen.errors import UnetgenError
from unetgen.sweep.results.best import Limit, best, within
from unetgen.sweep.results.columns import Column, Direction, direction_of
from unetgen.sweep.results.pareto import front, front_of
from unetgen.sweep.results.table import Table

NUMBERS = st.one_of(st.integers(-3, 3), st.floats(allow_nan=True, allow_infinity=True), st.none())
DIRECTIONS = st.sampled_from(["min", "max"])


def beats(a: float, b: float, direction: str) -> bool:
    return a < b if direction == "min" else a > b


def dominates(a: tuple[float, float], b: tuple[float, float], directions: tuple[str, str]) -> bool:
    """By the definition: nowhere worse, somewhere better."""
    worse = any(beats(b[axis], a[axis], directions[axis]) for axis in (0, 1))
    return not worse and any(beats(a[axis], b[axis], directions[axis]) for axis in (0, 1))


@given(st.lists(st.tuples(NUMBERS, NUMBERS), max_size=30), st.tuples(DIRECTIONS, DIRECTIONS))
def test_the_front_is_what_nothing_dominates(
    points: list[tuple[float | None, float | None]], directions: tuple[Direction, Direction]
) -> None:
    finite = {
        place: (x, y)
        for place, (x, y) in enumerate(points)
        if x is not None and y is not None and math.isfinite(x) and math.isfinite(y)
    }
    expected = {a for a in finite if not any(dominates(finite[b], finite[a], directions) for b in finite)}
    found = front_of(points, directions)
    assert set(found) == expected
    assert len(found) == len(expected)
    across = [finite[place][0] for place in found]
    assert across == sorted(across, reverse=directions[0] == "max")


def test_a_table_s_front_leaves_out_what_is_not_ok(tmp_path: Path) -> None:
    results = [
        ok(loss=3.0, dice=0.9),
        ok(loss=2.0, dice=0.5),
        failed(),
        None,
        ok(loss=math.nan, dice=1.0),
        ok(loss=2.0),
    ]
    table = Table.of(made_up(tmp_path, *results))
    assert [row.number for row in front(table, "loss", "dice", ("min", "max"))] == [1, 0]
    assert [row.number for row in front(table, "loss", "dice", ("min", "min"))] == [1]
    assert [row.number for row in front(table, "params", "macs", ("min", "min"))] == [0, 1, 4, 5]  # all equal
    with pytest.raises(UnetgenError, match="no column 'lose'"):
        front(table, "lose", "dice", ("min", "max"))


@pytest.mark.parametrize(
    ("name", "direction"),
    [
        ("val_dice", "max"), ("Accuracy", "max"), ("mean_iou", "max"), ("score.f1", "max"), ("auc", "max"),
        ("val_loss", "min"), ("dice_loss", "min"), ("test.error", "min"), ("peak_bytes", "min"),
        ("step_seconds", "min"), ("hd95", "min"), ("gamma", None), ("dicey", None), ("accidents", None),
    ],
)  # fmt: skip
def test_the_direction_that_a_name_says(name: str, direction: str | None) -> None:
    assert direction_of(Column(name, "value", "number")) == direction
    assert direction_of(Column(name, "cost", "number")) == "min"


@pytest.fixture
def table(tmp_path: Path) -> Table:
    results = [
        ok(dice=0.7, size=1.0),
        ok(dice=0.9, size=3.0),
        failed(),
        ok(dice=0.9, size=2.0),
        ok(dice=math.nan, size=0.5),
        None,
    ]
    return Table.of(made_up(tmp_path, *results))


def test_the_best_is_the_first_of_the_best(table: Table) -> None:
    found = best(table, "dice")
    assert found is not None
    assert (found.row.number, found.value, found.direction, found.by_name, found.candidates) == (
        1,
        0.9,
        "max",
        True,
        3,
    )
    least = best(table, "dice", "min")
    assert least is not None
    assert (least.row.number, least.by_name) == (0, False)


def test_limits_hold_at_their_ends(table: Table) -> None:
    found = best(within(table, [Limit("size", "under", 2.0)]), "dice")
    assert found is not None
    assert found.row.number == 3
    both = within(table, [Limit("size", "under", 2.0), Limit("size", "over", 1.0)])
    assert [row.number for row in both.rows] == [0, 3]
    assert best(within(table, [Limit("size", "under", 0.1)]), "dice") is None


def test_a_point_that_failed_is_never_the_best(table: Table) -> None:
    found = best(table, "params")  # every point has it
    assert found is not None
    assert found.candidates == 4


def test_a_direction_that_no_name_says_has_to_be_given(table: Table) -> None:
    with pytest.raises(UnetgenError, match=r"more of 'size' is better .* say --mode min or --mode max"):
        best(table, "size")
    assert best(table, "size", "max") is not None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("params=5e6", "params <= 5,000,000"), ("params=1.5M", "params <= 1,500,000"),
        ("train_bytes=16GiB", "train_bytes <= 17,179,869,184"), ("a=b=0.25", "a=b <= 0.25"),
    ],
)  # fmt: skip
def test_limits_as_people_write_them(text: str, shown: str) -> None:
    assert str(Limit.parse(text, "under")) == shown


@pytest.mark.parametrize("text", ["params", "=5", "params=", "params=many", "params=nan"])
def test_limits_that_are_none(text: str) -> None:
    with pytest.raises(UnetgenError):
        Limit.parse(text, "over")
