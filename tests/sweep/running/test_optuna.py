"""Optuna's sweeper, the real one with a real SQLite study: searching, interrupted, going on."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.facts import wait_for
from tests.sweep.as_users import FUNCTIONS, SMALL, attempts_in, command, environment, sweep
from tests.tiers import thorough

optuna = pytest.importorskip("optuna", reason="Optuna is not installed (the extra unetgen[optuna])")

SPACE = ("quickstart2d", "input.shape=[32,32]", "depth=range(2,5)", "base_filters=range(4,20,4)")
SEARCH = (*SPACE, "--task", "functions:bowl", "hydra/sweeper=optuna", "hydra.sweeper.n_trials=30")


def trials(folder: Path) -> list[Any]:
    study = optuna.load_study(study_name="sweep", storage=f"sqlite:///{folder / 'optuna.db'}")
    return [trial for trial in study.trials if trial.state.is_finished()]


@thorough
def test_a_search_that_was_interrupted_goes_on_to_its_30_trials_and_finds_the_minimum(
    tmp_path: Path,
) -> None:
    shutil.copy(FUNCTIONS, tmp_path)
    process = subprocess.Popen(command(*SEARCH, "--out", "out"), cwd=tmp_path, env=environment())
    wait_for(lambda: len(list((tmp_path / "out").glob("*/result.json"))) >= 5, "five results")
    process.kill()
    process.wait()
    before = len(trials(tmp_path / "out"))
    assert before < 30
    last = sweep(tmp_path, *SEARCH)
    assert last.code == 0, last.err
    ended = trials(tmp_path / "out")
    assert len(ended) == 30
    # A second way to the values: the function itself, at what each trial says it tried.
    for trial in ended:
        depth, filters = trial.params["depth"], trial.params["base_filters"]
        assert trial.value == 1 + (depth - 3) ** 2 + (filters - 12) ** 2 / 16
    found = yaml.safe_load((tmp_path / "out" / "optimization_results.yaml").read_text())
    assert found["best_params"] == {"depth": 3, "base_filters": 12}
    assert found["best_value"] == 1.0
    points = {(trial.params["depth"], trial.params["base_filters"]) for trial in ended}
    folders = list(last.folder.points())
    assert len(folders) >= len(points)
    assert max(attempts_in(folder.path / "job.log") for folder in folders) <= 2
    again = sweep(tmp_path, *SEARCH)
    assert again.code == 0, again.err
    assert len(trials(tmp_path / "out")) == 30


def test_two_searches_are_the_same_search(tmp_path: Path) -> None:
    run = (*SPACE, "--objective", "train_bytes", "hydra/sweeper=optuna", "hydra.sweeper.n_trials=8")
    found = []
    for name in ("a", "b"):
        ended = sweep(tmp_path, *run, out=name)
        assert ended.code == 0, ended.err
        found.append([(trial.params, trial.value) for trial in trials(tmp_path / name)])
    assert found[0] == found[1]
    assert len(found[0]) == 8


def test_what_is_left_out_or_fails_is_a_failed_trial_and_the_search_goes_on(tmp_path: Path) -> None:
    run = (
        "quickstart2d", "input.shape=[16,16]", "depth=2,9", "seed=range(0,7)", "base_filters=4",
        "--task", "functions:act", "--objective", "score", "--on-invalid", "skip",
        "hydra/sweeper=optuna", "hydra/sweeper/sampler=random", "hydra.sweeper.n_trials=16",
    )  # fmt: skip
    ended = sweep(tmp_path, *run)
    assert ended.code == 1, ended.err
    told = trials(tmp_path / "out")
    assert len(told) == 16
    for trial in told:
        fails = trial.params["depth"] == 9 or trial.params["seed"] in (2, 4, 6)
        assert trial.state.name == ("FAIL" if fails else "COMPLETE"), trial.params
        assert fails or trial.value == trial.params["seed"] * 2.5
    assert {trial.state.name for trial in told} == {"FAIL", "COMPLETE"}
    left = json.loads((tmp_path / "out" / "sweep.json").read_text())["runs"][0]["left_out"]
    assert any("depth=9" in point["overrides"] for point in left)


def test_without_leave_an_invalid_point_stops_the_search(tmp_path: Path) -> None:
    run = (*SPACE[:2], "depth=9,10", "--objective", "params", "hydra/sweeper=optuna")
    ended = sweep(tmp_path, *run)
    assert ended.code == 2
    assert "invalid" in ended.err
    assert "Traceback" not in ended.err


def test_where_every_trial_fails_the_table_says_why(tmp_path: Path) -> None:
    run = (*SMALL, "seed=2,4", "--task", "functions:act", "--objective", "score")
    ended = sweep(tmp_path, *run, "hydra/sweeper=optuna", "hydra.sweeper.n_trials=4")
    assert ended.code == 1, ended.err
    assert "ValueError: bad luck" in ended.out
    assert "the search came to no best point" in ended.out
    assert "Traceback" not in ended.err


def test_a_space_that_optuna_cannot_search_is_refused(tmp_path: Path) -> None:
    run = (*SMALL, "dropout=interval(0,1)", "--objective", "params", "hydra/sweeper=optuna")
    ended = sweep(tmp_path, *run, "hydra/sweeper/sampler=grid")
    assert ended.code == 2
    assert ended.err == "the sweeper refuses: GridSampler only supports discrete distributions.\n"


def test_a_search_needs_an_objective(tmp_path: Path) -> None:
    ended = sweep(tmp_path, *SPACE, "hydra/sweeper=optuna")
    assert ended.code == 2
    assert not (tmp_path / "out").exists()
    assert ended.err == "a search needs something to go by: --objective COLUMN, such as train_bytes\n"
