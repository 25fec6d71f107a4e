"""A process that makes sides and calls them when asked, as its owner sees it.

    owner                              process: python -m unetgen.measuring.worker
    a question, a line of JSON  -->    makes a side, calls one, writes its outputs
    an answer, a line of JSON   <--    what came of it, or why there is none

It ends with its owner, whatever ended that, and its own end is an answer like any other.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import IO, Any

import numpy as np

from unetgen.measuring.side import MAKERS, Array, SideJob
from unetgen.sweep.process import end, how_it_ended

SECONDS_TO_SETTLE = 0.5
"""Threads that wait for work by spinning do so for less; another process would feel it."""
_TICK = 0.02


class MissingError(Exception):
    """A package that a side needs is not installed."""


class SideError(Exception):
    """A side could not be made or called: the first line says why, the others are the end of its log."""


class Worker:
    """The process; a context manager that ends it. `makers` are the modules that make sides, by name."""

    def __init__(
        self, makers: Mapping[str, str] = MAKERS, environment: Mapping[str, str] | None = None
    ) -> None:
        self._makers = makers
        self._log = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "unetgen.measuring.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=_environment(environment or {}),
            text=True,
            start_new_session=True,
        )
        self._answers: queue.Queue[str] = queue.Queue()
        assert self._process.stdout is not None
        Thread(target=_read, args=(self._process.stdout, self._answers), daemon=True).start()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        end(self._process)
        self._log.close()

    def make(self, job: SideJob, limit: float | None = None) -> dict[str, Any]:
        """Make a side and take its first step: its ``peak_bytes``, ``first_seconds``, ``loss`` and ``notes``.

        Raises `MissingError` where a package is not installed, and `SideError` where anything else fails or
        takes longer than `limit` seconds.
        """
        maker = self._makers[job.side.maker]
        return self._ask({"do": "make", "job": job.plain(), "maker": maker}, limit)

    def step(self, name: str, seconds: float = 0.0, limit: float | None = None) -> dict[str, Any]:
        """Calls of the job of this name for at least so many `seconds`, or one: the ``seconds`` of a call,
        and the ``loss`` of a training step."""
        return self._ask({"do": "step", "name": name, "seconds": seconds}, limit)

    def outputs(self, name: str, limit: float | None = None) -> list[Array]:
        """What the job of this name computes, each output with the channels first."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "outputs.npz"
            self._ask({"do": "outputs", "name": name, "file": str(file)}, limit)
            with np.load(file) as held:
                return [held[key] for key in held.files]

    def forget(self) -> None:
        """Drop every side."""
        self._ask({"do": "forget"}, None)

    def settle(self) -> None:
        """Wait until its threads do nothing any more, where the system tells; else for a while."""
        until = time.monotonic() + SECONDS_TO_SETTLE
        before = _processor_time(self._process.pid)
        while time.monotonic() < until:
            time.sleep(_TICK)
            now = _processor_time(self._process.pid)
            if now is not None and now == before:
                return
            before = now

    def _ask(self, question: Mapping[str, Any], limit: float | None) -> dict[str, Any]:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it has ended, which is the answer
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
        try:
            line = self._answers.get(timeout=limit)
        except queue.Empty:
            end(self._process)
            raise SideError(f"took longer than {limit:g} s and was stopped") from None
        answer: dict[str, Any] = json.loads(line) if line else {"error": self._ending()}
        if "missing" in answer:
            raise MissingError(f"{answer['missing']} is not installed")
        if "error" in answer:
            raise SideError(f"{answer['error']}\n{self._last_lines()}")
        return answer

    def _ending(self) -> str:
        self._answers.put("")  # whoever asks again hears it too
        return how_it_ended(self._process.wait())

    def _last_lines(self) -> str:
        self._log.seek(0)
        return self._log.read()[-3000:]


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    """Ours, with modules looked up where we would: the child's own folder is another one."""
    path = os.pathsep.join(os.path.abspath(place) for place in sys.path)  # noqa: PTH100  ('' is here)
    return {"TF_CPP_MIN_LOG_LEVEL": "3", **os.environ, "PYTHONPATH": path, **more}


def _read(pipe: IO[str], answers: queue.Queue[str]) -> None:
    """Hand on every line; an empty one is the process's end."""
    with pipe:
        for line in pipe:
            answers.put(line)
    answers.put("")


def _processor_time(process: int) -> int | None:
    """Ticks of the processor that all its threads have taken (proc(5), fields 14 and 15); None elsewhere."""
    with suppress(OSError):
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])
    return None
