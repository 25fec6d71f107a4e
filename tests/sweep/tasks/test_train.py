"""The task `train` by itself: the row that it gives, and what it goes on with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.conftest import RUN, write_discs
from unetgen.errors import UnetgenError
from unetgen.runs.loader import load_run
from unetgen.runs.run import Run
from unetgen.sweep.points.run_candidates import RunCandidates
from unetgen.sweep.tasks import train as task
from unetgen.training.fitting import FinishedRun
from unetgen.training.history import History


@pytest.fixture
def run_file(tmp_path: Path) -> Path:
    write_discs(tmp_path, count=4)
    (tmp_path / "run.yaml").write_text(RUN)
    return tmp_path / "run.yaml"


def test_the_row_is_of_the_best_epoch_and_of_all() -> None:
    rows = (
        {"epoch": 1, "loss": 0.9, "val_dice": 0.3, "val_dice_cell": 0.2, "seconds": 1.5},
        {"epoch": 2, "loss": 0.5, "val_dice": 0.7, "val_dice_cell": 0.6, "seconds": 1.0},
        {"epoch": 3, "loss": 0.4, "val_dice": 0.6, "val_dice_cell": 0.8, "seconds": 0.5},
    )
    assert task.values_of_training(FinishedRun(Path(), History(rows), 2)) == {
        "val_dice": 0.7, "val_dice_cell": 0.6, "best_epoch": 2, "loss": 0.4, "epochs": 3,
        "train_seconds": 3.0,
    }  # fmt: skip
    unknown = task.values_of_training(FinishedRun(Path(), History(rows[:1]), None))
    assert unknown["best_epoch"] is None and "val_dice" not in unknown


def test_it_goes_on_behind_the_last_whole_epoch(
    run_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def of(epochs: int) -> tuple[Run, str]:
        overrides = (f"fit.epochs={epochs}", "fit.steps=2", "fit.schedule=constant")
        return load_run(run_file, overrides), RunCandidates(run_file).at(overrides).identity.contents["data"]

    workdir = tmp_path / "workdir"
    task.run(of(1)[0], workdir, of(1)[1])
    first = (workdir / "history.csv").read_text().splitlines()
    values = task.run(of(2)[0], workdir, of(2)[1])
    assert values["epochs"] == 2
    assert (workdir / "history.csv").read_text().splitlines()[:2] == first
    said = capsys.readouterr().out.splitlines()
    assert [line.partition("  ")[0] for line in said] == ["epoch 1/1", "epoch 2/2"]


def test_files_that_are_not_those_of_the_check_are_not_learned_from(run_file: Path, tmp_path: Path) -> None:
    with pytest.raises(UnetgenError, match="the files of the run have changed since they were checked"):
        task.run(load_run(run_file), tmp_path / "workdir", "0" * 64)
    assert not list((tmp_path / "workdir").iterdir())
