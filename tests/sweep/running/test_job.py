"""One job by itself, without Hydra: what it does for its point, and what it leaves alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.sweep.as_users import FUNCTIONS, attempts_in
from unetgen.analysis.summary import Summary
from unetgen.config.loader import Reader
from unetgen.model.lock import Subject
from unetgen.sweep.folder.files import CONFIG, LOG, PointFolder, SweepFolder
from unetgen.sweep.folder.records import Point, Result
from unetgen.sweep.folder.writer import PointWriter
from unetgen.sweep.points.costs import cost_of
from unetgen.sweep.running.job import Job


@pytest.fixture
def point(tmp_path: Path) -> PointFolder:
    """A point that was written and not run."""
    reader = Reader("quickstart2d")
    overrides = ("input.shape=[16,16]", "depth=2")
    summary = Summary(reader.design(overrides))
    found = Point(summary.digest, summary.fingerprint, summary.name, overrides, cost_of(summary))
    folder = SweepFolder(tmp_path / "out")
    PointWriter(folder, lambda _: reader.file).write(found, Subject.of(summary))
    return folder.at(summary.digest)


def job(point: PointFolder, function: str) -> Job:
    return Job(str(point.path.parent), f"functions:{function}", path=(str(FUNCTIONS.parent),))


def test_of_two_jobs_for_one_point_the_second_waits_and_finds_it_finished(point: PointFolder) -> None:
    """As when a sweep is started again while a cluster still runs the first one's jobs."""
    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda _: job(point, "slow").run(point), range(2)))
    assert attempts_in(point.path / LOG) == 1
    assert (point.path / "workdir" / "attempts").read_text() == "x"
    result = point.result()
    assert result is not None
    assert (result.status, result.values) == ("ok", {"score": 0.0})


def test_a_finished_point_is_left_alone_and_a_failed_one_is_not(point: PointFolder) -> None:
    point.write_result(Result("ok", {"score": 7.0}))
    job(point, "slow").run(point)
    result = point.result()
    assert result is not None
    assert result.values == {"score": 7.0}
    point.write_result(Result("failed"))
    job(point, "slow").run(point)
    result = point.result()
    assert result is not None
    assert result.values == {"score": 0.0}


def test_a_config_that_was_changed_after_the_check_is_not_run(point: PointFolder) -> None:
    config = point.path / CONFIG
    config.write_text(config.read_text().replace("depth: 2", "depth: 3"))
    job(point, "slow").run(point)
    result = point.result()
    assert result is not None
    assert result.failure is not None
    assert result.failure.message.startswith("config.resolved.yaml is not what this point was checked as")
    assert not (point.path / "workdir" / "attempts").exists()


def test_a_process_that_ends_by_itself_without_a_word_has_failed(point: PointFolder) -> None:
    job(point, "leave").run(point)
    result = point.result()
    assert result is not None
    assert result.failure is not None
    assert result.failure.line() == (
        "ProcessEnded: its process ended with exit code 3 and no result; see job.log"
    )
    assert "on my way out" in (point.path / LOG).read_text()


def test_what_is_not_finite_comes_back(point: PointFolder) -> None:
    job(point, "diverge").run(point)
    result = point.result()
    assert result is not None
    assert str(result.values) == "{'loss': nan, 'norm': inf, 'name': 'x'}"
