"""Run a function in a child process that kills itself with SIGKILL at its n-th file-system step.

A script, for an interpreter without TensorFlow: it forks once for every n. Steps are Python's audit events,
which the system calls themselves raise, and `os.fsync`.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator

STEPS = ("open", "os.", "shutil.", "fcntl.", "tempfile.")


def killed_at_every_step(work: Callable[[], None], prepare: Callable[[], None]) -> Iterator[int]:
    """After each step: `prepare` has run, then `work` up to there; ends once `work` comes to its end."""
    for step in range(1, 10_000):
        prepare()
        child = os.fork()
        if child == 0:
            _dies_at(step)
            try:
                work()
                os._exit(0)
            finally:
                os._exit(1)
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0, "the work itself failed"
            return
        assert os.WTERMSIG(status) == signal.SIGKILL
        yield step


def _dies_at(step: int) -> None:
    left = [step]

    def count(*_: object) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    # The disk itself would take most of the time, and no kill shows what it holds.
    vars(os)["fsync"] = count
    sys.addaudithook(lambda event, arguments: count() if event.startswith(STEPS) else None)
