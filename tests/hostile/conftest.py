from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from unetgen.cli import main

GOOD = "input: {shape: [64, 64]}\ndepth: 3\nbase_filters: 8\nnum_classes: 2\n"
Unetgen = Callable[..., "Outcome"]


@dataclass(frozen=True)
class Outcome:
    """What one run of the command line gave."""

    code: int
    out: str
    err: str


@pytest.fixture
def unetgen(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Unetgen:
    """Run the command line in an empty folder; output to the file descriptors counts too."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Outcome:
        try:
            code = main(arguments)
        except SystemExit as stop:  # argparse's way out
            code = int(stop.code or 0)
        return Outcome(code, *capfd.readouterr())

    return run


def refused(outcome: Outcome, *messages: str) -> None:
    """Exit code 2, exactly these messages on stderr, nothing on stdout."""
    assert outcome.err.splitlines() == list(messages)
    assert (outcome.code, outcome.out) == (2, "")
