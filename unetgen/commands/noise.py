"""What libraries write past Python on standard error, kept back, and shown where a library fails.

TensorFlow greets its user with some nine lines when it starts, more when it exports, all written to the file
descriptor by C++. The command's own lines go on reaching the terminal. Whoever sets ``TF_CPP_MIN_LOG_LEVEL``
below 3 has said what to see, and sees it; 3 asks for silence, which TensorFlow 2.21 does not keep.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

SAID_BY_USER, SILENCE = "TF_CPP_MIN_LOG_LEVEL", "3"
_ERR = 2


class Noise:
    """What was kept back; it is dropped where `is_wanted` is false at the end."""

    is_wanted = True


@contextmanager
def kept_back() -> Iterator[Noise]:
    """Keep back what reaches descriptor 2 otherwise than by `sys.stderr`, and show it at the end if wanted.

    It is shown too where the process is killed meanwhile, as by a failed assertion of TensorFlow's. Nothing
    is kept back where standard error is not this process's own, or where TensorFlow has started already.
    """
    noise = Noise()
    if not _applies():
        yield noise
        return
    ours, terminal = sys.stderr, os.dup(_ERR)
    with tempfile.TemporaryFile() as held, _stream(terminal) as stream:
        verdict = _watcher(held, terminal)
        os.dup2(held.fileno(), _ERR)
        sys.stderr = stream
        try:
            yield noise
        finally:
            stream.flush()
            sys.stderr = ours
            os.dup2(terminal, _ERR)
            if noise.is_wanted:
                _show(held, terminal)
            verdict()


def _applies() -> bool:
    if os.name != "posix" or "tensorflow" in sys.modules:
        return False
    if os.environ.get(SAID_BY_USER, SILENCE) != SILENCE:
        return False
    return sys.__stderr__ is not None and sys.stderr is sys.__stderr__ and sys.__stderr__.fileno() == _ERR


def _stream(terminal: int) -> IO[str]:
    return os.fdopen(terminal, "w", buffering=1, encoding=sys.stderr.encoding, errors="backslashreplace")


def _watcher(held: IO[bytes], terminal: int) -> _Verdict:
    """A process that shows what is held where this one ends before it has said its verdict."""
    hears, says = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()  # Ctrl-C is not for it
            os.close(says)
            if not os.read(hears, 1):
                _show(held, terminal)
        finally:
            os._exit(0)
    os.close(hears)
    return _Verdict(pid, says)


class _Verdict:
    def __init__(self, pid: int, says: int) -> None:
        self._pid, self._says = pid, says

    def __call__(self) -> None:
        os.write(self._says, b".")
        os.close(self._says)
        os.waitpid(self._pid, 0)


def _show(held: IO[bytes], terminal: int) -> None:
    place = 0
    while part := os.pread(held.fileno(), 1 << 16, place):
        os.write(terminal, part)
        place += len(part)
