"""A sweep whose own process is killed loses nothing, and does nothing twice that was finished."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.sweep.running import FUNCTIONS, SMALL, attempts_in, command, environment, sweep

POINTS = 20
RUN = (*SMALL, f"seed=range(0,{POINTS})", "--task", "functions:slow")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is for POSIX systems")


def contents(folder: Path) -> dict[str, str]:
    """The files of all points that say what a point is and what came of it, but for times."""
    kept = {}
    for file in sorted(folder.glob("*/*.json")) + sorted(folder.glob("*/*.yaml")):
        text = file.read_text()
        kept[str(file.relative_to(folder))] = text.partition('"volatile"')[0]
    return kept


def test_killed_ten_times_at_random_every_point_has_the_undisturbed_result(tmp_path: Path) -> None:
    calm, rough = tmp_path / "calm", tmp_path / "rough"
    calm.mkdir()
    rough.mkdir()
    start = time.monotonic()
    undisturbed = sweep(calm, *RUN)
    seconds = time.monotonic() - start
    assert undisturbed.code == 0, undisturbed.err
    shutil.copy(FUNCTIONS, rough)
    chance = random.Random(0)
    kills = 0
    for _ in range(10):
        process = subprocess.Popen(
            command(*RUN, "--out", "out"),
            cwd=rough,
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(seconds * chance.uniform(0.03, 0.2))  # some while it starts, some with three points done
        kills += process.poll() is None
        process.kill()
        process.wait()
    assert kills == 10, "the sweep ended before it was killed"
    done = len(list((rough / "out").glob("*/result.json")))
    assert 0 < done < POINTS
    last = sweep(rough, *RUN)
    assert last.code == 0, last.err
    assert contents(rough / "out") == contents(calm / "out")
    assert len(list((rough / "out").glob("*/result.json"))) == POINTS
    assert not [left for left in (rough / "out").rglob(".unetgen-*") if left.is_dir()]


def test_what_a_killed_sweep_had_started_ends_with_it(tmp_path: Path) -> None:
    shutil.copy(FUNCTIONS, tmp_path)
    arguments = (*SMALL, "--task", "functions:forever", "--out", "out")
    process = subprocess.Popen(command(*arguments), cwd=tmp_path, env=environment())
    pids = _pids(tmp_path / "out")
    process.kill()
    process.wait()
    _gone(pids)


def test_ctrl_c_ends_the_running_point_and_the_sweep(tmp_path: Path) -> None:
    shutil.copy(FUNCTIONS, tmp_path)
    arguments = (*SMALL, "--task", "functions:forever", "--out", "out")
    process = subprocess.Popen(
        command(*arguments), cwd=tmp_path, env=environment(), stderr=subprocess.PIPE, text=True
    )
    pids = _pids(tmp_path / "out")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "interrupted" in err
    assert "Traceback" not in err
    _gone(pids)


def test_a_point_over_its_time_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    ended = sweep(tmp_path, *SMALL, "--task", "functions:forever", "--timeout", "6")
    assert ended.code == 1
    (result,) = ended.results().values()
    assert result["error"]["message"] == "ran longer than 6 s and was stopped"
    _gone(_pids(tmp_path / "out"))


def test_two_sweeps_do_not_run_in_one_folder(tmp_path: Path) -> None:
    shutil.copy(FUNCTIONS, tmp_path)
    arguments = (*SMALL, "--task", "functions:forever")
    process = subprocess.Popen(command(*arguments, "--out", "out"), cwd=tmp_path, env=environment())
    pids = _pids(tmp_path / "out")
    second = sweep(tmp_path, *arguments)
    process.kill()
    process.wait()
    assert second.code == 2
    assert second.err == "out: another sweep is running in this folder\n"
    _gone(pids)
    (folder,) = second.folder.points()
    assert attempts_in(folder.path / "job.log") == 1


def _pids(folder: Path) -> list[int]:
    """The processes of the one point that runs `forever`, once they are there."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        for file in folder.glob("*/workdir/pids"):
            if text := file.read_text():
                return [int(pid) for pid in text.split()]
        time.sleep(0.05)
    raise AssertionError("the point has not started within 60 s")


def _gone(pids: list[int]) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if not any(_alive(pid) for pid in pids):
            return
        time.sleep(0.05)
    raise AssertionError(f"still running: {[pid for pid in pids if _alive(pid)]}")


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat")
        return not (state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z")
    except (ProcessLookupError, FileNotFoundError):
        return False
