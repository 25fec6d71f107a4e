"""A column of the table has one home: whoever adds one edits one file, and every view of the table has it."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sweep.sweeps import made_up, ok

PACKAGE = Path(__file__).parents[3] / "unetgen"
HOME = Path("sweep", "results", "columns.py")
LINE = 'FixedColumn("seconds", '
ADDED = 'FixedColumn("given", "value", lambda point, result: len(point.overrides)),\n    '


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """A folder with a copy of the package, in which one file has one more line."""
    copy = tmp_path / "copy" / "unetgen"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    text = (copy / HOME).read_text()
    assert text.count(LINE) == 1
    (copy / HOME).write_text(text.replace(LINE, ADDED + LINE))
    return copy.parent


def test_a_column_that_is_added_in_one_file_is_in_every_view(changed: Path, tmp_path: Path) -> None:
    made_up(tmp_path / "out", ok(), None, overrides=[("n=0",), ("n=1", "m=2")])

    def collect(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "unetgen", "collect", "out", *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(changed), "COLUMNS": "200"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    head, _, *rows = collect().splitlines()[:4]
    place = head.split().index("given")
    assert [row.split()[place] for row in rows] == ["1", "2"]
    collect("--out", "table.csv", "--out", "table.html")
    with (tmp_path / "table.csv").open() as file:
        assert [row["given"] for row in csv.DictReader(file)] == ["1", "2"]
    told = json.loads(collect("--json"))
    assert {"name": "given", "kind": "value", "type": "integer"} in told["columns"]
    assert [row["given"] for row in told["rows"]] == [1, 2]
    assert '"name":"given"' in (tmp_path / "table.html").read_text()
    best = json.loads(collect("--json", "--best", "given", "--mode", "max"))["best"]
    assert (best["metric"], best["value"]) == ("given", 1)  # of the points that are ok
