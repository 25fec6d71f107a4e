"""A process of Python on a terminal of its own: what a person types into it, and what it shows."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

CTRL_C, CTRL_D = "\x03", "\x04"
SECONDS = 60
"""Until a prompt is there; on a busy machine a process takes some seconds to begin."""
STARTS = """
import fcntl, os, signal, sys, termios
signal.signal(signal.SIGINT, signal.SIG_DFL)
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
"""The terminal becomes the process's own, so that Ctrl-C in it interrupts the process."""
DECIDED = ("COLUMNS", "FORCE_COLOR", "NO_COLOR", "TF_CPP_MIN_LOG_LEVEL")
"""Variables that would decide how things look, whoever runs the tests; taken off."""


class Terminal:
    """Python with `arguments` in a terminal of 110 columns, until its end."""

    def __init__(self, *arguments: str, cwd: Path | None = None, **environment: str) -> None:
        self.shown = ""
        around = {name: value for name, value in os.environ.items() if name not in DECIDED}
        standard = {"TERM": "xterm", "COLUMNS": "110", "PYTHONIOENCODING": "utf-8"}
        self._main, side = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-c", STARTS, *arguments],
            cwd=cwd,
            stdin=side,
            stdout=side,
            stderr=side,
            start_new_session=True,
            env={**around, **standard, **environment},
        )
        os.close(side)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._main)

    def answer(self, prompt: str, keys: str) -> None:
        """Wait for what ends with `prompt`, then press `keys`."""
        until = time.monotonic() + SECONDS
        while not self.shown.endswith(prompt):
            assert time.monotonic() < until and self._read(), f"{prompt!r} did not come:\n{self.shown}"
        self.shown += "|"  # the same prompt may come again
        os.write(self._main, keys.encode())

    def end(self) -> int:
        """Wait until it is over, and say with what exit code."""
        while self._read():
            pass
        return self._process.wait(SECONDS)

    def _read(self) -> bool:
        if not select.select([self._main], [], [], SECONDS)[0]:
            return False
        try:
            part = os.read(self._main, 1 << 16)
        except OSError:  # Linux says so where the last writer has gone
            return False
        self.shown += part.decode("utf-8", "replace").replace("\r\n", "\n")
        return bool(part)


def on_a_terminal(*arguments: str, cwd: Path | None = None, **environment: str) -> tuple[int, str]:
    """Exit code of a Python process that nobody answers, and what its terminal shows."""
    with Terminal(*arguments, cwd=cwd, **environment) as terminal:
        return terminal.end(), terminal.shown
