"""Checks of points that a folder holds finished: what is told of them, without their plans."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.hostile.conftest import Unetgen
from tests.sweep.sweeps import failed, grid
from unetgen.config.bundled import config_dir
from unetgen.config.loader import Reader
from unetgen.sweep.folder.files import POINT, RESULT, SWEEP, PointFolder, SweepFolder
from unetgen.sweep.folder.finished import Finished
from unetgen.sweep.points.budget import Budget
from unetgen.sweep.points.candidates import Candidate, ConfigCandidates
from unetgen.sweep.points.check import Checker
from unetgen.sweep.points.configs import ConfigsCandidates

GRID = ("depth=2,3", "base_filters=4,8", "norm=none,batch", "dropout=0.0,0.1")
POINTS = grid(depth=[2, 3], base_filters=[4, 8], norm=["none", "batch"], dropout=[0.0, 0.1])


class Counted(ConfigCandidates):
    """Knows which points were planned."""

    def __init__(self, config: str = "quickstart2d") -> None:
        super().__init__(Reader(config))
        self.planned: list[tuple[str, ...]] = []

    def at(self, overrides: tuple[str, ...]) -> Candidate:
        self.planned.append(overrides)
        return super().at(overrides)


@pytest.fixture
def folder(tmp_path: Path, unetgen: Unetgen) -> SweepFolder:
    assert unetgen("sweep", "quickstart2d", *GRID, "--out", "out", "-q").code == 0
    return SweepFolder(tmp_path / "out")


def resumed(folder: SweepFolder, points: Any = POINTS, **limits: float) -> tuple[Checker, Counted]:
    candidates = Counted()
    checker = Checker(candidates, Budget(**limits), Finished(folder))
    checker.check(points)
    return checker, candidates


@pytest.mark.parametrize("config", sorted(file.stem for file in config_dir().glob("*.yaml")))
def test_a_point_is_known_without_its_plan(config: str) -> None:
    candidates = ConfigCandidates(Reader(config), contents={"module train": "1"})
    for overrides in ((), ("seed=3", "task.rate=0.1")):
        assert candidates.identity(overrides) == candidates.at(overrides).identity


def test_a_point_of_several_configs_is_that_of_its_own() -> None:
    candidates = ConfigsCandidates(["quickstart2d", "unet3d_depth2"])
    for name in ("quickstart2d", "unet3d_depth2"):
        overrides = (f"config={name}", "base_filters=4")
        own = ConfigCandidates(Reader(name)).identity(overrides[1:])
        assert candidates.identity(overrides) == candidates.at(overrides).identity == own


def test_finished_points_are_what_a_check_makes_of_them_and_are_not_planned(folder: SweepFolder) -> None:
    points = [*POINTS, ("depth=3", "base_filters=4", "norm=batch"), ("depth=2", "base_filters=12")]
    checker, candidates = resumed(folder, points)
    assert candidates.planned == [points[-1]]
    afresh = Checker(Counted())
    afresh.check(points)
    assert checker.checked.points == afresh.checked.points
    assert checker.checked.digests == afresh.checked.digests
    assert any(point.also for point in checker.checked.points.values())


def test_limits_leave_out_finished_points_too(folder: SweepFolder) -> None:
    checker, candidates = resumed(folder, max_params=20_000)
    afresh = Checker(Counted(), Budget(max_params=20_000))
    afresh.check(POINTS)
    assert not candidates.planned
    assert 0 < len(checker.checked.left_out) < len(POINTS)
    assert checker.checked.left_out == afresh.checked.left_out


def without(key: str) -> Callable[[PointFolder], object]:
    def edit(point: PointFolder) -> None:
        said = json.loads((point.path / POINT).read_text())
        said["cost"][key] = None
        (point.path / POINT).write_text(json.dumps(said))

    return edit


@pytest.mark.parametrize(
    "change",
    [
        lambda point: point.write_result(failed()),
        lambda point: (point.path / RESULT).unlink(),
        lambda point: (point.path / RESULT).write_text("{"),
        lambda point: (point.path / POINT).write_text("{"),
        without("train_bytes"),
    ],
    ids=["failed", "missing", "no result that can be read", "no point that can be read", "no cost"],
)
def test_other_points_are_planned_anew(change: Callable[[PointFolder], object], folder: SweepFolder) -> None:
    point = next(folder.points())
    asked = point.point().overrides
    change(point)
    checker, candidates = resumed(folder)
    assert candidates.planned == [asked]
    assert (
        checker.checked.points[point.path.name].cost
        == ConfigCandidates(Reader("quickstart2d")).at(asked).cost
    )


def test_a_point_that_cannot_be_read_is_not_finished(folder: SweepFolder) -> None:
    first, second = list(folder.points())[:2]
    (first.path / POINT).write_text("{")
    assert Finished(folder).at(first.path.name) is None
    assert Finished(folder).at(second.path.name) == second.point()
    assert Finished(folder).at("0" * 64) is None


@pytest.mark.parametrize("said", ["0.0.1", None, 3, {"a": 1}], ids=str)
def test_what_another_version_has_written_is_planned_anew(said: object, folder: SweepFolder) -> None:
    about = json.loads((folder.path / SWEEP).read_text())
    about["runs"].append({**about["runs"][0], "volatile": {"unetgen": said}})
    (folder.path / SWEEP).write_text(json.dumps(about))
    assert len(resumed(folder)[1].planned) == len(POINTS)
    about["runs"][-1]["volatile"] = said
    (folder.path / SWEEP).write_text(json.dumps(about))
    assert len(resumed(folder)[1].planned) == len(POINTS)


def test_a_config_error_is_told_in_full(folder: SweepFolder) -> None:
    wrong = ("depth=zero", "kernel=0")
    checker, _ = resumed(folder, [*POINTS, wrong])
    (left_out,) = checker.checked.invalid
    assert len(left_out.reasons) == 2


def test_a_result_that_goes_while_a_sweep_begins_is_made_anew(folder: SweepFolder) -> None:
    checker, candidates = resumed(folder)
    digest = next(iter(checker.checked.points))
    afresh = Checker(Counted())
    afresh.check(POINTS)
    assert digest not in checker.checked.subjects
    assert checker.subject_of(digest) == afresh.subject_of(digest)
    assert candidates.planned == [checker.checked.points[digest].overrides]


def test_the_same_command_again_says_the_same(folder: SweepFolder, unetgen: Unetgen) -> None:
    first = unetgen("sweep", "quickstart2d", *GRID, "--out", "out", "--json")
    (next(folder.points()).path / RESULT).unlink()
    again = unetgen("sweep", "quickstart2d", *GRID, "--out", "out", "--json")
    assert (first.code, first.out) == (again.code, again.out)
    assert len(json.loads(again.out)["rows"]) == len(POINTS)
