"""Points whose data or module has changed: kept, marked, and back again with what they were made of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.sweep.sweeps import COST, ok
from unetgen.sweep.folder.files import SweepFolder
from unetgen.sweep.folder.identity import Identity
from unetgen.sweep.folder.records import Point
from unetgen.sweep.folder.superseding import Superseding, stale_line
from unetgen.sweep.results.best import best
from unetgen.sweep.results.table import Table

ASKED, OTHER = "a" * 64, "b" * 64


def point(asked: str, number: int = 0, **contents: str) -> Point:
    identity = Identity(asked, contents)
    overrides = (f"n={asked[0]}",)
    return Point(identity.digest, "f" * 64, "x", overrides, COST, number, (), "", asked, contents)


def status(folder: SweepFolder) -> dict[str, tuple[object, object]]:
    return {row.digest: (row.cells["status"], row.cells["error"]) for row in Table.of(folder).rows}


def test_other_contents_take_the_place_of_a_point_and_give_it_back(tmp_path: Path) -> None:
    folder = SweepFolder(tmp_path)
    old, new, beside = point(ASKED, 0, data="1"), point(ASKED, 1, data="2"), point(OTHER, 2, data="1")
    for each, dice in ((old, 0.9), (beside, 0.5)):
        folder.at(each.digest).write_point(each, {}, ok(val_dice=dice))
    known = Superseding(folder)
    assert known.last == 2
    assert known.outdated([new]) == {old.digest: ("data",)}
    assert known.outdated([old]) == {}, "it takes its own place"
    assert known.settle([new, beside]) == {old.digest: ("data",)}
    assert known.settle([new, beside]) == {}, "it is told once"
    folder.at(new.digest).write_point(new, {}, ok(val_dice=0.4))
    assert status(folder) == {
        old.digest: ("stale", "the data have changed since"),
        new.digest: ("ok", None),
        beside.digest: ("ok", None),
    }
    found = best(Table.of(folder), "val_dice")
    assert found is not None and found.row.digest == beside.digest, "0.9 is of other data"
    assert Superseding(folder).settle([old, beside]) == {new.digest: ("data",)}
    assert status(folder)[old.digest] == ("ok", None)
    assert status(folder)[new.digest] == ("stale", "the data have changed since")


def test_a_point_of_before_contents_were_noted_is_stale_too(tmp_path: Path) -> None:
    folder = SweepFolder(tmp_path)
    old = Point(ASKED, "f" * 64, "x", (), COST)
    folder.at(ASKED).write_point(old, {}, ok())
    new = point(ASKED, 1, **{"module train": "1"})
    assert Superseding(folder).settle([new]) == {ASKED: ("module train",)}
    assert status(folder)[ASKED] == ("stale", "module train has changed since")


def test_parameters_are_another_point_and_not_a_later_state_of_one() -> None:
    assert Identity(ASKED, {}, {"lr": 1}).subject != Identity(ASKED, {}, {"lr": 2}).subject


def test_what_was_changed_by_hand_is_not_a_point(tmp_path: Path) -> None:
    folder, written = SweepFolder(tmp_path), point(ASKED, data="1")
    folder.at(written.digest).write_point(written, {}, ok())
    file = folder.at(written.digest).path / "point.json"
    file.write_text(file.read_text().replace('"data": "1"', '"data": "2"'))
    assert "does not give the point's digest" in folder.at(written.digest).point().fault


@pytest.mark.parametrize(
    ("outdated", "said"),
    [
        ({"x": ("module a", "module b")}, "1 other point is stale, module a, module b have changed since"),
        ({"x": ("data",), "y": ("data",)}, "2 other points are stale, the data have changed since"),
    ],
)
def test_the_line_says_how_many_and_why(outdated: dict[str, tuple[str, ...]], said: str) -> None:
    assert stale_line(outdated) == f"{said}; they are kept, and do not count"
    assert replace(point(ASKED), superseded=("data",)).identity == point(ASKED).identity
