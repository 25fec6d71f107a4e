"""The types hold: good code passes the checker, and wrong code fails it, line by line and for its reason.

``tests/typing/good.py`` and ``wrong.py`` are never run. A line of `wrong.py` says the code of its error in a
mark at its end.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GOOD, WRONG = (ROOT / "tests/typing" / name for name in ("good.py", "wrong.py"))
MARK = re.compile(r"  # E: ([a-z-]+)$")
ERROR = re.compile(r"(.+?):(\d+): error: .* \[([a-z-]+)\]")


@pytest.fixture(scope="module")
def errors() -> dict[str, set[tuple[int, str]]]:
    """The line and code of each error that mypy finds, by the file's name."""
    command = [sys.executable, "-m", "mypy", "--no-pretty", "--show-error-codes", "--hide-error-context"]
    files = [str(file.relative_to(ROOT)) for file in (GOOD, WRONG)]
    done = subprocess.run([*command, *files], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    found: dict[str, set[tuple[int, str]]] = {}
    for line in done.stdout.splitlines():
        match = ERROR.fullmatch(line)
        assert match or ": error: " not in line, line
        if match:
            file, number, code = match.groups()
            found.setdefault(Path(file).name, set()).add((int(number), code))
    return found


def test_good_code_passes(errors: dict[str, set[tuple[int, str]]]) -> None:
    assert set(errors) == {WRONG.name}


def test_wrong_code_fails_on_exactly_the_marked_lines(errors: dict[str, set[tuple[int, str]]]) -> None:
    lines = WRONG.read_text(encoding="utf-8").splitlines()
    marks = ((number, MARK.search(line)) for number, line in enumerate(lines, start=1))
    assert errors[WRONG.name] == {(number, mark[1]) for number, mark in marks if mark}
