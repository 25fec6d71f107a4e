"""The process that makes sides and calls them when asked: ``python -m unetgen.measuring.worker``.

Its peak of memory is that of making a side and its first step, above what it held once the framework was
imported, a trivial operation done and a first batch made and dropped; the side's own batch counts.
"""

from __future__ import annotations

import gc
import json
import os
import queue
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib import import_module
from threading import Thread
from typing import Any

import numpy as np

from unetgen.measuring.side import ReadySide, SideJob
from unetgen.sweep.process import end_itself, offer_to_the_oom_killer

_OWN = ("unetgen", "benchmarks")


def _make(sides: dict[str, ReadySide], question: Mapping[str, Any]) -> dict[str, Any]:
    from unetgen.sweep.tasks.peak import counting_peak

    job = SideJob.of(question["job"])
    maker = import_module(question["maker"])
    prepare = getattr(maker, "prepare", None)
    if prepare is not None:
        prepare(job)
    gc.collect()
    peak = counting_peak()
    start = time.perf_counter()
    side = sides[job.name] = maker.made(job)
    loss = side.step()
    first = time.perf_counter() - start
    return {"peak_bytes": peak(), "first_seconds": first, "loss": loss, "notes": side.notes}


def _step(side: ReadySide, at_least: float) -> dict[str, Any]:
    """The mean of one call, or of as many as take `at_least` so many seconds; the last one's loss."""
    calls, start = 0, time.perf_counter()
    while True:
        loss = side.step()
        calls, seconds = calls + 1, time.perf_counter() - start
        if seconds >= at_least:
            return {"seconds": seconds / calls, "calls": calls, "loss": loss}


def _answer(sides: dict[str, ReadySide], question: Mapping[str, Any]) -> dict[str, Any]:
    if question["do"] == "make":
        return _make(sides, question)
    if question["do"] == "forget":
        sides.clear()
        if "keras" in sys.modules:
            sys.modules["keras"].utils.clear_session()
        gc.collect()
        return {}
    side = sides[question["name"]]
    if question["do"] == "outputs":
        np.savez(question["file"], *side.outputs())
        return {}
    return _step(side, question["seconds"])


def _answered(answer: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What came of it, or why there is nothing: whatever a framework raises costs its own side alone."""
    try:
        return answer()
    except ModuleNotFoundError as error:
        package = (error.name or str(error)).partition(".")[0]
        traceback.print_exc()
        return {"error": str(error)} if package in _OWN else {"missing": package}
    except Exception as error:
        traceback.print_exc()
        first = next(iter(str(error).strip().splitlines()), "")
        return {"error": f"{type(error).__name__}: {first}" if first else type(error).__name__}


def _questions() -> Iterator[str]:
    """The lines of standard input as they come. Where it ends, the owner is gone, and so is this process."""
    waiting: queue.Queue[str] = queue.Queue()

    def read() -> None:
        for line in sys.stdin:
            waiting.put(line)
        end_itself()

    Thread(target=read, daemon=True).start()
    while True:
        yield waiting.get()


def serve() -> None:
    """Answer questions, one a line, until the owner ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what anybody prints is for the log
    offer_to_the_oom_killer()
    sides: dict[str, ReadySide] = {}
    for line in _questions():
        question = json.loads(line)
        answer = _answered(partial(_answer, sides, question))
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    serve()
