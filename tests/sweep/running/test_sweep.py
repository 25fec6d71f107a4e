"""`unetgen sweep` from the command line, with the task that launches nothing; the folder that it leaves."""

from __future__ import annotations

import csv
import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.hostile.conftest import Unetgen, refused
from unetgen.sweep.folder.files import SweepFolder

GRID = ("depth=2,3,4", "base_filters=8,16", "skip=concat,add", "norm=none,batch")


def test_the_table_has_the_numbers_of_24_show_calls(tmp_path: Path, unetgen: Unetgen) -> None:
    swept = unetgen("sweep", "unet3d_depth2", *GRID, "--out", "out")
    assert swept.code == 0, swept.err
    assert unetgen("collect", "out", "--out", "table.csv").code == 0
    with (tmp_path / "table.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 24
    points = product((2, 3, 4), (8, 16), ("concat", "add"), ("none", "batch"))
    for row, (depth, filters, skip, norm) in zip(rows, points, strict=True):
        overrides = [f"depth={depth}", f"base_filters={filters}", f"skip={skip}", f"norm={norm}"]
        shown = json.loads(unetgen("show", "unet3d_depth2", *overrides, "--json").out)
        assert [row[key] for key in ("depth", "base_filters", "skip", "norm")] == [
            str(depth), str(filters), skip, norm,
        ]  # fmt: skip
        assert (row["digest"], row["fingerprint"]) == (shown["digest"], shown["fingerprint"])
        assert int(row["params"]) == shown["params"]["total"]
        assert int(row["trainable_params"]) == shown["params"]["trainable"]
        assert int(row["macs"]) == shown["macs"]
        for column in ("weights_bytes", "inference_bytes", "train_bytes"):
            assert int(row[column]) == shown["memory"][column]
        assert json.loads(row["receptive_field"]) == shown["receptive_field"]
        assert json.loads(row["output_shapes"]) == shown["output_shapes"]
        assert int(row["layers"]) == len(shown["layers"])


def test_a_point_has_a_folder_of_its_own_with_a_config_and_a_lock_that_hold(
    tmp_path: Path, unetgen: Unetgen
) -> None:
    assert unetgen("sweep", "quickstart2d", "depth=2,3", "--out", "out").code == 0
    folders = list(SweepFolder(tmp_path / "out").points())
    assert len(folders) == 2
    for folder in folders:
        shown = json.loads(unetgen("show", str(folder.path / "config.resolved.yaml"), "--json").out)
        assert shown["digest"] == folder.path.name
        assert unetgen("check", str(folder.path / "unetgen.lock.json")).code == 0


@pytest.mark.parametrize("options", [[], ["-q"], ["--json"]], ids=" ".join)
def test_a_dry_run_ends_as_the_run_would(options: list[str], tmp_path: Path, unetgen: Unetgen) -> None:
    command = ("sweep", "quickstart2d", "depth=2,3", "input.shape.1=64,66", "--out", "out", *options)
    dry, wet = unetgen(*command, "--dry-run"), unetgen(*command)
    assert dry.code == wet.code == 2
    said = "1 of 4 points is invalid, {}; --on-invalid skip leaves such points out"
    assert said.format("none was run") in wet.err
    assert said.format("none was run" if "-q" in options else "none would run") in dry.out + dry.err
    assert "depth=3 input.shape.1=66" in dry.out + dry.err or "--json" in options
    skipped = unetgen(*command, "--dry-run", "--on-invalid", "skip")
    assert skipped.code == 0 and ("3 would run" in skipped.out or "-q" in options)
    assert not (tmp_path / "out").exists()


def test_a_dry_run_refuses_the_folder_of_another_task(tmp_path: Path, unetgen: Unetgen) -> None:
    assert unetgen("sweep", "quickstart2d", "depth=2", "--out", "out").code == 0
    other = ("sweep", "quickstart2d", "depth=2", "--out", "out", "--task", "build")
    dry, wet = unetgen(*other, "--dry-run"), unetgen(*other)
    assert dry.code == wet.code == 2
    assert dry.err == wet.err and "holds a sweep with another task" in dry.err


def test_a_dry_run_shows_the_table_and_writes_nothing(tmp_path: Path, unetgen: Unetgen) -> None:
    dry = unetgen("sweep", "quickstart2d", "depth=2,3", "--max-params", "1k", "--dry-run", "--out", "out")
    assert dry.code == 0
    assert "over budget" in dry.out
    assert list(tmp_path.iterdir()) == []


def test_an_invalid_point_stops_the_sweep_before_anything_is_written(
    tmp_path: Path, unetgen: Unetgen
) -> None:
    stopped = unetgen("sweep", "quickstart2d", "depth=2,0", "norm=none,bach", "--out", "out")
    assert (stopped.code, stopped.out) == (2, "")
    assert "3 of 4 points are invalid, none was run" in stopped.err
    assert list(tmp_path.iterdir()) == []


def test_or_it_is_left_out_and_told(tmp_path: Path, unetgen: Unetgen) -> None:
    swept = unetgen("sweep", "quickstart2d", "depth=2,0", "--on-invalid", "skip", "--out", "out")
    assert swept.code == 0
    assert "1 left out" in swept.out
    assert len(list(SweepFolder(tmp_path / "out").points())) == 1
    (left,) = json.loads((tmp_path / "out" / "sweep.json").read_text())["runs"][0]["left_out"]
    assert left["overrides"] == ["depth=0"]
    assert left["reason"].startswith("invalid: override 'depth=0': depth: ")


def test_the_same_command_again_leaves_finished_points_alone_and_a_wider_one_adds(
    tmp_path: Path, unetgen: Unetgen
) -> None:
    assert unetgen("sweep", "quickstart2d", "depth=2,3", "--out", "out").code == 0
    before = {file: file.stat().st_mtime_ns for file in (tmp_path / "out").glob("*/*")}
    assert unetgen("sweep", "quickstart2d", "depth=2,3,4", "--out", "out").code == 0
    assert {file: file.stat().st_mtime_ns for file in before} == before
    numbers = sorted(folder.point().number for folder in SweepFolder(tmp_path / "out").points())
    assert numbers == [0, 1, 2]
    assert len(json.loads((tmp_path / "out" / "sweep.json").read_text())["runs"]) == 2


def test_another_task_needs_another_folder(unetgen: Unetgen) -> None:
    assert unetgen("sweep", "quickstart2d", "--out", "out").code == 0
    refused(
        unetgen("sweep", "quickstart2d", "--task", "build", "--out", "out"),
        "out: holds a sweep with another task: cost --batch 1, not build --batch 1; give another --out",
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["hydra/launcher=nope"], "hydra/launcher=nope: no such option; one of: "),
        (["hydra.nope=1"], "Hydra refuses: Could not override 'hydra.nope'."),
        (["depth=interval(2,4)"], "Hydra refuses: BasicSweeper does not support sweep type : INTERVAL_SWEEP"),
        (["depth=2,"], "override 'depth=2,': cannot be read: "),
        (["--task", "nowhere:f"], "task: there is no module nowhere (got 'nowhere:f')"),
        (["--task", "nowhere:f", "--dry-run"], "task: there is no module nowhere (got 'nowhere:f')"),
        (["task.lr=1,2"], "task.lr=1,2: a parameter of your function is given by --set lr=VALUES"),
        (["--task", "buld"], "--task buld: no such task; did you mean `build`?"),
        (["++hydra.launcher._target_=os.system", "--task", "build"], "Hydra refuses: Invalid plugin"),
        (["--repeats", "3"], "--repeats is not an option of the task cost"),
        (["--config-dir", "nowhere"], "nowhere: is not a folder"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    arguments: list[str], message: str, unetgen: Unetgen, tmp_path: Path
) -> None:
    outcome = unetgen("sweep", "quickstart2d", *arguments, "--out", "out")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith(message)
    assert "Traceback" not in outcome.err
    assert list(tmp_path.iterdir()) == []


def test_json_is_one_object_that_says_what_ran(unetgen: Unetgen) -> None:
    outcome = unetgen("sweep", "quickstart2d", "depth=2,3", "--json", "--out", "out")
    assert (outcome.code, outcome.err) == (0, "")
    told = json.loads(outcome.out)
    assert told["task"] == "cost"
    assert [row["depth"] for row in told["rows"]] == [2, 3]
    assert told["left_out"] == []


def test_a_file_is_no_folder_for_a_sweep(tmp_path: Path, unetgen: Unetgen) -> None:
    (tmp_path / "out").write_text("mine")
    refused(
        unetgen("sweep", "quickstart2d", "--out", "out"),
        "out: is a file, not a folder; nothing was run",
    )
    assert (tmp_path / "out").read_text() == "mine"


def test_hydra_settings_in_a_config_are_refused_for_a_sweep_too(tmp_path: Path, unetgen: Unetgen) -> None:
    """A YAML file is data: a launcher, a callback or a logging handler in it would be code."""
    from tests.hostile.conftest import GOOD

    (tmp_path / "mine.yaml").write_text(GOOD + "hydra: {callbacks: {x: {_target_: os.system}}}\n")
    outcome = unetgen("sweep", "mine.yaml", "depth=2,3", "--out", "out")
    assert outcome.code == 2
    assert "mine.yaml:5:1: hydra: `hydra` settings are refused here" in outcome.err


def test_options_for_hydra_come_from_a_folder_that_is_named(tmp_path: Path, unetgen: Unetgen) -> None:
    (tmp_path / "mine" / "hydra" / "launcher").mkdir(parents=True)
    own = tmp_path / "mine" / "hydra" / "launcher" / "own.yaml"
    own.write_text("_target_: hydra._internal.core_plugins.basic_launcher.BasicLauncher\n")
    run = ("sweep", "quickstart2d", "hydra/launcher=own", "--out", "out")
    assert unetgen(*run).code == 2
    assert unetgen(*run, "--config-dir", "mine").code == 0


def test_hydras_state_is_as_it_was(unetgen: Unetgen) -> None:
    from hydra.core.global_hydra import GlobalHydra
    from hydra.version import VersionBase

    base: Any = VersionBase.instance()
    before, base.version_base = base.version_base, "1.1"  # of another application in this process
    try:
        assert unetgen("sweep", "quickstart2d", "depth=2,3", "--out", "out").code == 0
        assert not GlobalHydra.instance().is_initialized()
        assert base.version_base == "1.1"
    finally:
        base.version_base = before
