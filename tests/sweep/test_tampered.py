"""Files of a sweep that somebody has edited: that point has failed and says why; nothing is believed."""

# ruff: noqa: E501  (an exact message stays on one line)

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.hostile.conftest import Unetgen
from tests.sweep.as_users import SMALL, environment, sweep
from tests.sweep.sweeps import made_up, ok
from unetgen.sweep.folder.files import SweepFolder
from unetgen.sweep.results.table import Table

Change = Callable[[dict[str, Any]], object]
DEEP = "[" * 100_000 + "]" * 100_000
OTHER = "0" * 64


def put(*path: str, value: object) -> Change:
    def change(data: dict[str, Any]) -> None:
        for key in path[:-1]:
            data = data[key]
        data[path[-1]] = value

    return change


RESULTS: dict[str, tuple[Change | str, str]] = {
    "unknown status": (put("status", value="good"), "status: must be ok or failed (got 'good')"),
    "status of another type": (put("status", value=True), "status: must be a string (got true)"),
    "digest of another point": (put("digest", value=OTHER), "digest: is that of another point than its folder's"),
    "digest that is a path": (put("digest", value="../../etc"), "digest: is that of another point"),
    "values that are a list": (put("values", value=[1, 2]), "values: must be an object (got [1, 2])"),
    "a number of 400 digits": (put("values", "score", value=10**400), "values.score: is a whole number of 401 digits"),
    "values nested deeply": (put("values", "a", value=json.loads("[" * 40 + "]" * 40)), "is nested deeper than 16"),
    "seconds as text": (put("volatile", value={"seconds": "1"}), "volatile.seconds: must be a number (got '1')"),
    "negative seconds": (put("volatile", "seconds", value=-1), "volatile.seconds: must not be negative"),
    "no seconds": (lambda data: data.pop("volatile"), "volatile: missing"),
    "another version": (put("schema_version", value=2), "schema_version: is not the version that this unetgen"),
    "version as boolean": (put("schema_version", value=True), "schema_version: is not the version"),
    "failure that is text": (lambda data: data.update(status="failed", error="x"), "error: must be an object"),
    "failure of other types": (
        lambda data: data.update(status="failed", error={"kind": 1, "message": "", "traceback": ""}),
        "error.kind: must be a string (got 1)",
    ),
    "failure of other keys": (
        lambda data: data.update(status="failed", error={"class": "x"}), "error.kind: missing",
    ),
    "failed without a failure": (put("status", value="failed"), "error: missing"),
    "no JSON": ("{", "result.json:1:2: is not JSON"),
    "deep JSON": (DEEP, "is not usable JSON: nested deeper than 64 levels"),
    "a list": ("[]", "must be an object (got [])"),
    "an infinite number": ('{"schema_version": 1, "values": {"a": 1e999}}', "'1e999' is too large a number"),
    "infinity in words": ('{"schema_version": 1, "values": {"a": -Infinity}}', "-Infinity is not a number of JSON"),
    "5,000 digits": ('{"a": 1' + "0" * 5000 + "}", "a number has thousands of digits"),
    "a key twice": ('{"status": "failed", "status": "ok"}', "the key 'status' is given twice"),
    "bytes that are not text": ("\udcff\udcfe", "is not UTF-8"),
    "too large": (" " * (8 * 2**20 + 1), "is larger than 8 MiB"),
}  # fmt: skip
POINTS: dict[str, tuple[Change | str, str]] = {
    "digest of another point": (put("digest", value=OTHER), "digest: is that of another point"),
    "digest that is a path": (put("digest", value="/etc"), "digest: is that of another point"),
    "number as text": (put("number", value="7"), "number: must be a whole number (got '7')"),
    "number of 400 digits": (put("cost", "params", value=10**400), "cost.params: is a whole number of 401 digits"),
    "negative number": (put("number", value=-5), "number: must be at least 0 (got -5)"),
    "overrides as text": (put("overrides", value="depth=2"), "overrides: must be a list (got 'depth=2')"),
    "overrides of numbers": (put("overrides", value=[1]), "overrides.0: must be a string (got 1)"),
    "cost as a list": (put("cost", value=[]), "cost: must be an object (got [])"),
    "name as a list": (put("name", value=[]), "name: must be a string (got [])"),
    "also as numbers": (put("also", value=[[1]]), "also.0.0: must be a string (got 1)"),
    "no fingerprint": (lambda data: data.pop("fingerprint"), "fingerprint: missing"),
    "no JSON": ("", "point.json:1:1: is not JSON"),
    "deep JSON": (DEEP, "is not usable JSON: nested deeper"),
}  # fmt: skip
SWEEPS: dict[str, tuple[Change | str, str]] = {
    "task as text": (put("task", value="cost"), "task: must be an object (got 'cost')"),
    "task name as number": (put("task", "name", value=1), "task.name: must be a string (got 1)"),
    "options as a list": (put("task", "options", value=[]), "task.options: must be an object"),
    "options as text": (put("task", "options", value={"batch": "x"}), "task.options.batch: must be a whole"),
    "runs as an object": (put("runs", value={}), "runs: must be a list (got {})"),
    "a run as text": (put("runs", value=["x"]), "runs.0: must be an object (got 'x')"),
    "overrides as numbers": (
        lambda data: data["runs"][0].update(left_out=[{"overrides": [1], "reason": "x"}]),
        "runs.0.left_out.0.overrides.0: must be a string (got 1)",
    ),
    "config as a list": (lambda data: data["runs"][0].update(config=[]), "runs.0.config: must be a string"),
    "no JSON": ("nonsense", "sweep.json:1:1: is not JSON"),
    "deep JSON": (DEEP, "is not usable JSON: nested deeper"),
}  # fmt: skip


def tampered(file: Path, change: Change | str) -> None:
    if isinstance(change, str):
        file.write_text(change, errors="surrogateescape")
        return
    data = json.loads(file.read_text())
    change(data)
    file.write_text(json.dumps(data))


@pytest.mark.parametrize(("change", "said"), RESULTS.values(), ids=RESULTS)
def test_a_result_that_is_not_one_is_a_failure_that_names_it(
    change: Change | str, said: str, tmp_path: Path, unetgen: Unetgen
) -> None:
    folder = made_up(tmp_path / "s", ok(score=1), ok(score=2))
    point = next(folder.points())
    tampered(point.path / "result.json", change)
    outcome = unetgen("collect", "s", "--out", "t.csv", "--out", "t.json", "--out", "t.html", "--no-figures")
    assert (outcome.code, outcome.err) == (0, "")
    row = next(row for row in Table.of(folder).rows if row.digest == point.path.name)
    assert (row.status, row.cells.get("score")) == ("failed", None)
    assert str(row.cells["error"]).startswith("UnreadableResult: ")
    assert said in str(row.cells["error"])
    assert folder.unfinished([point.path.name]) == [point.path.name]
    assert unetgen("collect", "s", "--best", "score", "--mode", "min").out.count(point.path.name) == 0


@pytest.mark.parametrize(("change", "said"), POINTS.values(), ids=POINTS)
def test_a_point_that_is_not_one_has_failed_and_names_it(
    change: Change | str, said: str, tmp_path: Path, unetgen: Unetgen
) -> None:
    folder = made_up(tmp_path / "s", ok(score=1), ok(score=2))
    point = next(folder.points())
    tampered(point.path / "point.json", change)
    outcome = unetgen("collect", "s", "--out", "t.csv", "--out", "t.json", "--out", "t.html", "--no-figures")
    assert (outcome.code, outcome.err) == (0, "")
    table = Table.of(folder)
    row = next(row for row in table.rows if row.digest == point.path.name)
    assert (row.status, row.overrides, row.cells.get("score")) == ("failed", (), None)
    assert said in str(row.cells["error"])
    assert len([row for row in table.rows if row.status == "ok"]) == 1


@pytest.mark.parametrize(("change", "said"), SWEEPS.values(), ids=SWEEPS)
def test_a_description_that_is_not_one_is_refused_and_the_advice_works(
    change: Change | str, said: str, tmp_path: Path, unetgen: Unetgen
) -> None:
    made_up(tmp_path / "s", ok(score=1))
    tampered(tmp_path / "s/sweep.json", change)
    for command in (("collect", "s"), ("sweep", *SMALL, "--out", "s")):
        outcome = unetgen(*command)
        assert outcome.code == 2
        assert said in outcome.err
        assert "remove the file: the points keep their results" in outcome.err
    (tmp_path / "s/sweep.json").unlink()
    assert unetgen("collect", "s").code == 0


def test_a_sweep_mends_what_cannot_be_read(tmp_path: Path, unetgen: Unetgen) -> None:
    command = ("sweep", *SMALL, "seed=1,2,3", "--out", "s", "-q")
    assert unetgen(*command).code == 0
    folder = SweepFolder(tmp_path / "s")
    before = {row.digest: row.cells["params"] for row in Table.of(folder).rows}
    first, second, _ = folder.points()
    tampered(first.path / "point.json", "{")
    tampered(second.path / "result.json", put("status", value="fine"))
    outcome = unetgen(*command)
    assert (outcome.code, outcome.err) == (0, "")
    rows = Table.of(folder).rows
    assert {row.digest: row.cells["params"] for row in rows} == before
    assert {row.status for row in rows} == {"ok"}
    assert len({row.number for row in rows}) == 3


def test_pipes_and_devices_in_the_folder_are_not_waited_for(tmp_path: Path, unetgen: Unetgen) -> None:
    folder = made_up(tmp_path / "s", ok(score=1), ok(score=2))
    first, second = folder.points()
    for file in (first.path / "result.json", first.path / "config.resolved.yaml"):
        file.unlink(missing_ok=True)
        os.mkfifo(file)
    (second.path / "config.resolved.yaml").symlink_to("/dev/zero")
    outcome = unetgen("collect", "s", "--out", "t.html")
    assert (outcome.code, outcome.err) == (0, "")
    assert [row.status for row in Table.of(folder).rows].count("missing") == 1


@pytest.mark.parametrize("name", ["score", "history"])
def test_a_number_that_no_table_holds_is_its_points_failure(name: str, tmp_path: Path) -> None:
    code = (
        "def run(config, plan, workdir):\n    return {'history': [1, 10**400]} if config.seed else 10**400\n"
    )
    (tmp_path / "huge.py").write_text(code)
    seed = int(name == "history")
    ended = sweep(tmp_path, *SMALL, f"seed={seed}", "--task", "huge:run")
    (result,) = ended.results().values()
    assert (ended.code, result["status"]) == (1, "failed")
    where = "history.1" if seed else "value"
    assert result["error"]["message"] == (
        f"the task returned {where!r}, which is a whole number of 401 digits, more than any number of a table"
    )
    done = subprocess.run(
        [sys.executable, "-m", "unetgen", "collect", "out"],
        cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "401 digits" in done.stdout


# --- the sweep's own files are no place for tables ---


@pytest.mark.parametrize(
    "place",
    ["s/sweep.json", "s/./sweep.json", "link/sweep.json", "s/Sweep.json", "s/{}/point.json", "s/{}/new.csv"],
)
def test_no_table_takes_the_place_of_the_sweeps_own_files(
    place: str, tmp_path: Path, unetgen: Unetgen
) -> None:
    folder = made_up(tmp_path / "s", ok(score=1))
    (tmp_path / "link").symlink_to("s")
    file = place.format(next(folder.points()).path.name)
    before = {path: path.read_bytes() for path in (tmp_path / "s").rglob("*") if path.is_file()}
    outcome = unetgen("collect", "s", "--out", file)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == f"{file.replace('/./', '/')}: is for the sweep's own files; name another\n"
    assert {path: path.read_bytes() for path in (tmp_path / "s").rglob("*") if path.is_file()} == before


def test_a_table_may_stand_beside_them(tmp_path: Path, unetgen: Unetgen) -> None:
    made_up(tmp_path / "s", ok(score=1))
    outcome = unetgen("collect", "s", "--out", "s/table.json", "--out", "s/report.html", "--no-figures")
    assert (outcome.code, outcome.err) == (0, "")
