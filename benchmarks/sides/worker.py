"""A process that makes sides and does one call when asked: ``python -m benchmarks.sides.worker``.

Its peak of memory is that of making a side and its first step, above what it held once the framework was
imported, a trivial operation done and a first batch made and dropped; the side's own batch counts.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.sides.side import MAKERS, Job, Made

_ROOT = Path(__file__).parent.parent.parent
_OWN = ("unetgen", "benchmarks")


class MissingError(Exception):
    """A package that a side needs is not installed."""


class Worker:
    """The process, as its owner sees it; a context manager that ends it."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        variables = {"TF_CPP_MIN_LOG_LEVEL": "3", **os.environ, **(environment or {})}
        self._log = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.sides.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            cwd=_ROOT,
            env=variables,
            text=True,
        )

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()
        self._log.close()

    def make(self, job: Job) -> dict[str, Any]:
        """Make a side and take its first step; raises `MissingError` where a package is not installed."""
        return self._ask({"do": "make", "job": job.plain()})

    def step(self, name: str) -> dict[str, Any]:
        """One call of the side of this name: its `seconds`, and the `loss` of a training step."""
        return self._ask({"do": "step", "name": name})

    def outputs(self, name: str) -> np.ndarray:
        """What the side of this name computes, channels first."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "outputs.npy"
            self._ask({"do": "outputs", "name": name, "file": str(file)})
            return np.load(file)

    def forget(self) -> None:
        """Drop every side."""
        self._ask({"do": "forget"})

    def _ask(self, question: Mapping[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        answer: dict[str, Any] = json.loads(line) if line else {"error": "its process ended"}
        if "missing" in answer:
            raise MissingError(f"{answer['missing']} is not installed")
        if "error" in answer:
            self._log.seek(0)
            raise RuntimeError(f"{question}: {answer['error']}\n{self._log.read()[-3000:]}")
        return answer


def _make(sides: dict[str, Made], job: Job) -> dict[str, Any]:
    from unetgen.sweep.tasks.peak import counting_peak

    maker = import_module(MAKERS[job.side.maker])
    if job.side.maker != "torch":
        from unetgen.model.session import started_device

        started_device()
    _prepare(job)
    peak = counting_peak()
    start = time.perf_counter()
    side = sides[job.side.name] = maker.made(job)
    loss = side.step()
    first = time.perf_counter() - start
    return {"peak_bytes": peak(), "first_seconds": first, "loss": loss, "notes": side.notes}


def _prepare(job: Job) -> None:
    """Import what making a side does, so that no side's peak has modules in it."""
    import unetgen
    import unetgen.model.building
    from unetgen.model.batches import sample_batch

    config = unetgen.load(job.config, job.overrides)
    sample_batch(config, unetgen.plan(config))


def _answer(sides: dict[str, Made], question: Mapping[str, Any]) -> dict[str, Any]:
    if question["do"] == "make":
        return _make(sides, Job.of(question["job"]))
    if question["do"] == "forget":
        sides.clear()
        if "keras" in sys.modules:
            sys.modules["keras"].utils.clear_session()
        gc.collect()
        return {}
    side = sides[question["name"]]
    if question["do"] == "outputs":
        np.save(question["file"], side.outputs())
        return {}
    start = time.perf_counter()
    loss = side.step()
    return {"seconds": time.perf_counter() - start, "loss": loss}


def serve() -> None:
    """Answer questions, one a line, until there are no more."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what anybody prints is for the log
    sides: dict[str, Made] = {}
    for line in sys.stdin:
        try:
            answer = _answer(sides, json.loads(line))
        except ModuleNotFoundError as error:
            package = (error.name or str(error)).partition(".")[0]
            traceback.print_exc()
            answer = {"error": str(error)} if package in _OWN else {"missing": package}
        except Exception as error:
            traceback.print_exc()
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    serve()
