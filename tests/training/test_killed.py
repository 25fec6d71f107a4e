"""A training that is killed, by the system and at any moment, goes on as if it had not been."""

from __future__ import annotations

import csv
import random
import subprocess
import sys
import time
from pathlib import Path

from tests.tiers import thorough


def command(run: Path, out: Path, *more: str) -> list[str]:
    said = ["fit.deterministic=true", "fit.epochs=6", "fit.steps=8"]
    return [sys.executable, "-m", "unetgen", "train", str(run), *said, "--out", str(out), *more]


def history(out: Path) -> list[dict[str, str]]:
    with (out / "history.csv").open() as stream:
        return [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(stream)]


@thorough
def test_killed_runs_end_as_one_that_was_left_alone(discs: Path, tmp_path: Path) -> None:
    subprocess.run(command(discs, tmp_path / "whole"), check=True, capture_output=True)
    chance, out = random.Random(0), tmp_path / "killed"
    kills = 0
    while kills < 2:
        has_state = (out / "state.json").exists()
        process = subprocess.Popen(
            command(discs, out, *(["--resume"] if has_state else [])),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert process.stdout is not None
        line = process.stdout.readline()  # an epoch has ended, or the run with all of them
        if not line.startswith("epoch"):
            break
        time.sleep(chance.uniform(0, 0.4))
        process.kill()
        process.wait()
        kills += 1
        assert not [file for file in out.iterdir() if file.suffix == ".tmp"]
    assert kills == 2
    subprocess.run(command(discs, out, "--resume"), check=True, capture_output=True)
    assert history(out) == history(tmp_path / "whole")
