"""What is told while a sweep runs, from the folder alone."""

from __future__ import annotations

import re
from pathlib import Path

from tests.facts import wait_for
from tests.sweep.as_users import SMALL, command, sweep
from tests.terminal import on_a_terminal
from unetgen.sweep.folder.files import LOG, PointFolder
from unetgen.sweep.folder.records import Result
from unetgen.sweep.running.epochs import Epoch
from unetgen.sweep.running.progress import Progress
from unetgen.sweep.running.time_left import TimeLeft


def test_points_are_counted_as_their_results_appear(tmp_path: Path) -> None:
    folders = [PointFolder(tmp_path / (name * 64)) for name in "abcd"]
    for folder in folders:
        folder.path.mkdir()
    progress = Progress.silent()
    with progress.watching(folders):
        (folders[0].path / LOG).write_text("--- begun\n")
        folders[1].write_result(Result("ok"))
        folders[2].write_result(Result("failed"))
        wait_for(lambda: (progress.ended, progress.failed, progress.running) == (2, 1, 1), "the counts")
        folders[0].write_result(Result("ok"))
    assert (progress.ended, progress.failed, progress.running) == (3, 1, 0)


def test_the_line_says_done_failed_running_and_the_time_left() -> None:
    progress = Progress(10, "build", show=False)
    progress.advance(4, 1)
    progress.running = 2
    assert re.fullmatch(r"build: 4/10, 1 failed, 2 running, \d+ s left", progress.line())


def test_a_running_point_that_trains_is_told_with_its_epoch(tmp_path: Path) -> None:
    """From the log, whoever writes it: the lines before its task was last begun are of another time."""
    folder = PointFolder(tmp_path / ("a" * 64))
    folder.path.mkdir()
    log = folder.path / LOG
    log.write_text("--- train, before\nepoch 9/10  loss 0.1\n")
    progress = Progress(2, "train", show=False)
    with progress.watching([folder]):
        with log.open("a") as file:
            file.write("--- train, now\n")
        wait_for(lambda: progress.running == 1, "the point")
        assert progress.epochs == ()
        with log.open("a") as file:
            file.write("epoch 3/10  loss 0.5\nEpoch 4/10\n12/99 loss: 1\n")
        wait_for(lambda: progress.epochs == (Epoch(4, 10),), "its epoch")
        assert progress.line().startswith("train: 0/2, 1 running (epoch 4/10)")
    assert progress.epochs == ()


def test_the_time_left_falls_while_nothing_happens_and_counts_epochs() -> None:
    now = [0.0]
    left = TimeLeft(lambda: now[0])
    seen = []
    for second, finished in ((10, 0.1), (20, 0.1), (30, 0.1), (40, 0.5), (41, 0.5)):
        now[0] = second
        seen.append(left.seconds(finished, 2))
    assert seen == [190, 180, 170, 120, 119]
    now[0] = 1000
    assert left.seconds(0.5, 2) is None, "it was wrong: nothing is said until something happens"
    assert left.seconds(2, 2) is None


def test_on_a_terminal_there_is_a_bar_that_fills_up_to_what_is_left_to_do(tmp_path: Path) -> None:
    run = (*SMALL, "seed=range(0,4)", "--task", "functions:act", "--out", "out")
    assert sweep(tmp_path, *run[:-2]).code == 1  # the point of seed 2 fails
    (tmp_path / "out" / "mended").touch()
    code, shown = on_a_terminal(*command(*run)[1:], cwd=tmp_path, CUDA_VISIBLE_DEVICES="")
    assert code == 0
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)
    assert "0/1" in text
    assert "1/1" in text
    assert "0 failed" in text
