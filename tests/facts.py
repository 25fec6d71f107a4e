"""Waiting for facts: a file that appears, a process that is gone. Deadlines end a hang and decide nothing."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

HANG_SECONDS = 600.0
"""Far more than anything here takes on a machine that is busy with other things."""
_LOOK_EVERY_SECONDS = 0.02
T = TypeVar("T")


def wait_for(fact: Callable[[], T | None], what: str) -> T:
    """The first value of `fact` that is true; `what` is said where it never comes."""
    end = time.monotonic() + HANG_SECONDS
    while not (value := fact()):
        if time.monotonic() > end:
            raise AssertionError(f"hangs: {what} has not come in {HANG_SECONDS:g} s")
        time.sleep(_LOOK_EVERY_SECONDS)
    return value


def text_in(file: Path) -> str:
    """The text of a file, empty while it is not there."""
    return file.read_text(errors="replace") if file.exists() else ""


def is_gone(pid: int) -> bool:
    """Whether a process has ended; one that nobody has reaped yet has."""
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat")
        return state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z"
    except (ProcessLookupError, FileNotFoundError):
        return True


def wait_until_gone(pids: Iterable[int]) -> None:
    """Return once all of these processes have ended."""
    for pid in pids:
        wait_for(lambda pid=pid: is_gone(pid), f"the end of the process {pid}")  # type: ignore[misc]
