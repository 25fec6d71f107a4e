"""Sweeps that train, as users run them: killed and run again, and with data that change in between."""

from __future__ import annotations

import csv
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.facts import wait_for
from tests.sweep.as_users import Ended, attempts_in, command, environment, sweep
from tests.tiers import thorough
from tests.training.conftest import RUN, write_discs
from unetgen.runs.loader import load_run
from unetgen.sweep.folder.files import SweepFolder
from unetgen.sweep.results.best import best
from unetgen.sweep.results.table import Table
from unetgen.training.fitting import train

FIXED = ("fit.steps=2", "fit.schedule=constant", "fit.deterministic=true", "--task", "train")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_discs(tmp_path, count=4)
    (tmp_path / "run.yaml").write_text(RUN)
    return tmp_path


def histories(out: Path) -> dict[str, list[dict[str, str]]]:
    """What each point has come to by epoch, but for times."""
    return {
        file.parents[1].name: [
            {name: value for name, value in row.items() if name != "seconds"}
            for row in csv.DictReader(file.read_text().splitlines())
        ]
        for file in out.glob("*/workdir/history.csv")
    }


def rows(ended: Ended) -> list[dict[str, object]]:
    return [dict(row.cells) for row in Table.of(ended.folder).rows]


@thorough
@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is for POSIX systems")
def test_killed_within_a_point_it_goes_on_and_ends_as_if_undisturbed(folder: Path) -> None:
    """Killed after an epoch of a point that has more, at a fact: its history is on the disk.

    The undisturbed one is that of a training without a sweep.
    """
    run, out = ("run.yaml", "fit.epochs=20", *FIXED), folder / "out"
    process = subprocess.Popen(
        command(*run, "--out", "out"),
        cwd=folder,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_for(lambda: any(len(rows) >= 2 for rows in histories(out).values()), "two epochs")
    process.send_signal(signal.SIGKILL)
    process.wait()
    ((begun, rows_before),) = histories(out).items()
    assert 2 <= len(rows_before) < 20
    assert not list(out.glob("*/result.json"))
    again = sweep(folder, *run)
    assert again.code == 0, again.err
    calm = train(load_run(folder / "run.yaml", run[1:-2]), folder / "calm/1/workdir")
    assert [*histories(out).values()] == [*histories(folder / "calm").values()]
    log = (out / begun / "job.log").read_text()
    assert attempts_in(out / begun / "job.log") == 2
    after = log.rpartition("--- train")[2]
    assert "epoch 1/20" not in after and "epoch 20/20" in after
    (row,) = rows(again)
    expected = {"best_epoch": calm.best, "loss": calm.history.rows[-1]["loss"], "epochs": 20}
    assert row == {**row, **expected}
    found = best(Table.of(again.folder), "val_dice")
    assert found is not None and found.direction == "max"
    assert not (out / ".prepared").exists(), "what was prepared for all points is gone"


@thorough
def test_changed_data_make_points_stale_and_old_data_bring_them_back(folder: Path) -> None:
    """A point that is ended at once is enough for the one that takes the old one's place."""
    run = ("run.yaml", "fit.epochs=1", *FIXED)
    first = sweep(folder, *run)
    assert first.code == 0, first.err
    image = folder / "images/disc3.png"
    content = image.read_bytes()
    with Image.open(image) as picture:
        pixels = np.array(picture)
    pixels[3, 4] ^= 1
    Image.fromarray(pixels).save(image)
    dry = sweep(folder, *run, "--dry-run")
    stale = "1 other point is stale, the data have changed since; they are kept, and do not count"
    assert stale in dry.out and "1 would run" in dry.out
    assert [row["status"] for row in rows(first)] == ["ok"], "nothing is written"
    second = sweep(folder, *run, "--timeout", "0.01")
    assert second.code == 1 and stale in second.out and stale in second.err
    assert [row["status"] for row in rows(second)] == ["stale", "failed"]
    image.write_bytes(content)
    third = sweep(folder, *run)
    assert third.code == 0
    assert [row["status"] for row in rows(third)] == ["ok", "stale"]
    assert third.attempts() == first.attempts(), "the old result is good again"


def test_problems_of_runs_and_data_are_told_before_anything_is_run(folder: Path) -> None:
    (folder / "masks/disc1.png").unlink()
    ended = sweep(folder, "run.yaml", "model.depth=2,3", *FIXED)
    assert ended.code == 2
    assert ended.err.count("images/disc1.png: has no mask") == 1
    assert ended.err.startswith("model.depth=2 fit.steps=2")
    assert not (folder / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("quickstart2d",), "quickstart2d: no such file; --task train takes a run file, "),
        (("run.yaml", "--batch", "2"), "--batch is not an option of the task train: say fit.batch_size=N"),
        (
            ("run.yaml", "hydra/sweeper=optuna"),
            "a search needs something to go by: --objective COLUMN, such as val",
        ),
    ],
    ids=["a config", "its batch", "no objective"],
)
def test_what_a_sweep_that_trains_refuses(folder: Path, arguments: tuple[str, ...], said: str) -> None:
    ended = sweep(folder, *arguments, *FIXED)
    assert ended.code == 2
    assert ended.err.startswith(said)
    assert not list(SweepFolder(folder / "out").points())


def test_a_run_file_for_a_task_of_configs_is_refused_in_a_line(folder: Path) -> None:
    ended = sweep(folder, "run.yaml", "model.depth=2,3", "--task", "build")
    assert ended.code == 2
    assert ended.err == "run.yaml: is a run file; --task train takes those, --task build a config\n"
