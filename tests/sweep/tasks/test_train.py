"""The task `train` by itself: the row that it gives, and what it goes on with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.training.conftest import RUN, write_discs
from unetgen.errors import UnetgenError
from unetgen.runs.loader import load_run
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


def test_it_leaves_its_row_and_its_pictures_and_goes_on_with_what_lies_there(
    run_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Run again it has no epoch to train; begun anew, it would be refused, or train one."""
    overrides = ("fit.epochs=1", "fit.steps=1", "model.norm=none", "model.dropout=0")
    run, contents = load_run(run_file, overrides), RunCandidates(run_file).at(overrides).identity.contents
    workdir = tmp_path / "out/point/workdir"
    values = task.run(run, workdir, contents)
    assert (values["epochs"], values["best_epoch"]) == (1, 1)
    history = (workdir / "history.csv").read_bytes()
    assert task.run(run, workdir, contents) == values
    assert (workdir / "history.csv").read_bytes() == history
    assert [line.partition("  ")[0] for line in capsys.readouterr().out.splitlines()] == ["epoch 1/1"]
    pictures = json.loads((workdir / "cases.json").read_text())
    assert [name for name, _ in pictures["classes"]] == ["disc"] and pictures["cases"][0]["rank"] == "best"
    assert len(list((tmp_path / "out/.prepared").iterdir())) == 1 and not (workdir / "prepared").exists()


def test_files_that_are_not_those_of_the_check_are_not_learned_from(run_file: Path, tmp_path: Path) -> None:
    workdir = tmp_path / "out/point/workdir"
    with pytest.raises(UnetgenError, match="the images or masks of the run have changed since they were"):
        task.run(load_run(run_file), workdir, {"data": "0" * 64})
    model, begin = tmp_path / "old.keras", ("fit.start=old.keras",)
    model.write_bytes(b"one")
    checked = RunCandidates(run_file).at(begin).identity.contents
    model.write_bytes(b"two")
    with pytest.raises(UnetgenError, match=r"^fit\.start: old\.keras has changed since it was checked"):
        task.run(load_run(run_file, begin), workdir, checked)
    assert not workdir.exists()
