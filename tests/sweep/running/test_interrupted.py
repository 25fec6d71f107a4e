"""A sweep whose own process is killed loses nothing, and does nothing twice that was finished."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.facts import HANG_SECONDS, text_in, wait_for, wait_until_gone
from tests.sweep.as_users import FUNCTIONS, SMALL, attempts_in, command, environment, sweep
from tests.tiers import thorough

POINTS = 8
RUN = (*SMALL, f"seed=range(0,{POINTS})", "--task", "functions:held")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is for POSIX systems")


def contents(folder: Path) -> dict[str, str]:
    """The files of all points that say what a point is and what came of it, but for times."""
    kept = {}
    for file in sorted(folder.glob("*/*.json")) + sorted(folder.glob("*/*.yaml")):
        text = file.read_text()
        kept[str(file.relative_to(folder))] = text.partition('"volatile"')[0]
    return kept


def results(folder: Path) -> int:
    return len(list(folder.glob("*/result.json")))


def attempts(folder: Path) -> int:
    return sum(attempts_in(log) for log in folder.glob("*/job.log"))


@thorough
def test_killed_ten_times_every_point_has_the_undisturbed_result(tmp_path: Path) -> None:
    """Killed as it starts, within a point, and once some more are done: at facts, never by a clock."""
    calm, rough = tmp_path / "calm", tmp_path / "rough"
    for folder in (calm, rough):
        (folder / "out").mkdir(parents=True)
    (calm / "out" / "allowed").write_text(str(POINTS))
    undisturbed = sweep(calm, *RUN)
    assert undisturbed.code == 0, undisturbed.err
    shutil.copy(FUNCTIONS, rough)
    out = rough / "out"
    chance = random.Random(0)
    moments = [*["start"] * 3, *["point"] * 4, *["results"] * 3]
    chance.shuffle(moments)
    for moment in moments:
        done, begun = results(out), attempts(out)
        (out / "allowed").write_text(str(done + 2 if moment == "results" else done))
        (out / "sweep.json").unlink(missing_ok=True)
        process = subprocess.Popen(
            command(*RUN, "--out", "out"),
            cwd=rough,
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if moment == "start":
            wait_for((out / "sweep.json").exists, "the sweep's own file")
        elif moment == "point":
            wait_for(lambda begun=begun: attempts(out) > begun, "the start of a point")  # type: ignore[misc]
        else:
            wait_for(lambda done=done: results(out) == done + 2, "two more results")  # type: ignore[misc]
        time.sleep(chance.uniform(0, 0.2))  # somewhere after it: no outcome depends on where
        assert process.poll() is None, "nothing lets the sweep come to its end"
        process.kill()
        process.wait()
    assert results(out) == 6
    (out / "allowed").write_text(str(POINTS))
    last = sweep(rough, *RUN)
    assert last.code == 0, last.err
    assert contents(out) == contents(calm / "out")
    assert results(out) == POINTS
    assert not [left for left in out.rglob(".unetgen-*") if left.is_dir()]


def test_what_a_killed_sweep_had_started_ends_with_it(tmp_path: Path) -> None:
    shutil.copy(FUNCTIONS, tmp_path)
    arguments = (*SMALL, "--task", "functions:forever", "--out", "out")
    process = subprocess.Popen(command(*arguments), cwd=tmp_path, env=environment())
    pids = _pids(tmp_path / "out")
    process.kill()
    process.wait()
    wait_until_gone(pids)


def test_ctrl_c_ends_the_running_point_and_the_sweep(tmp_path: Path) -> None:
    shutil.copy(FUNCTIONS, tmp_path)
    arguments = (*SMALL, "--task", "functions:forever", "--out", "out")
    process = subprocess.Popen(
        command(*arguments), cwd=tmp_path, env=environment(), stderr=subprocess.PIPE, text=True
    )
    pids = _pids(tmp_path / "out")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=HANG_SECONDS)
    assert process.returncode == 130
    assert "interrupted" in err
    assert "Traceback" not in err
    wait_until_gone(pids)


def test_a_point_over_its_time_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    """However far it came in that time; `test_process.py` says when it has surely started another process."""
    ended = sweep(tmp_path, *SMALL, "--task", "functions:forever", "--timeout", "6")
    assert ended.code == 1
    (result,) = ended.results().values()
    assert result["error"]["message"] == "ran longer than 6 s and was stopped"
    for file in (tmp_path / "out").glob("*/workdir/pids"):
        wait_until_gone(map(int, file.read_text().split()))


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
    wait_until_gone(pids)
    (folder,) = second.folder.points()
    assert attempts_in(folder.path / "job.log") == 1


def _pids(folder: Path) -> list[int]:
    """The processes of the one point that runs `forever`, once they are there."""
    text = wait_for(lambda: "".join(map(text_in, folder.glob("*/workdir/pids"))), "the start of the point")
    return [int(pid) for pid in text.split()]
