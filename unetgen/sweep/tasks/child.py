"""A child process for one piece of work: JSON in, JSON out, and it never outlives its parent."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import traceback
from collections import deque
from collections.abc import Callable, Mapping
from threading import Thread
from typing import IO, Any

from unetgen.sweep.tasks.errors import TaskError

LAST_LINES = 15
"""Lines that the child wrote last, in the error where it failed."""


def in_child(module: str, job: Mapping[str, Any], name: str) -> Any:
    """What `module` makes of `job` in a fresh interpreter, where it calls `serve` as its main program.

    What the child prints goes to our standard error at once. Raises `TaskError`, beginning with `name`, with
    the child's own error or what ended it, and its last lines.
    """
    # As multiprocessing does: the child imports from where its parent would.
    path = os.pathsep.join(os.path.abspath(place) for place in sys.path)  # noqa: PTH100  ('' is here)
    environment = {"TF_CPP_MIN_LOG_LEVEL": "3", **os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"}
    last: deque[str] = deque(maxlen=LAST_LINES)
    with subprocess.Popen(
        [sys.executable, "-P", "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        encoding="utf-8",
        errors="replace",
    ) as child:
        assert child.stderr is not None
        relay = Thread(target=_relay, args=(child.stderr, last), daemon=True)
        relay.start()
        try:
            answer = _answer(child, job)
            code = child.wait()
        finally:
            child.kill()
            child.wait()
            relay.join(timeout=5)  # something that the child started may keep the pipe open
    if "answer" in answer:
        return answer["answer"]
    lines = "".join(f"\n  {line}" for line in last)
    reason = answer.get("error") or how_it_ended(code)
    raise TaskError(f"{name}: {reason}" + (f"\nIts last lines:{lines}" if lines else ""))


def _answer(child: subprocess.Popen[str], job: Mapping[str, Any]) -> dict[str, Any]:
    """Hand over the job, and wait; standard input stays open, for the child takes its end for ours."""
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        child.stdin.write(json.dumps(job) + "\n")
        child.stdin.flush()
    except BrokenPipeError:  # it died before it read
        return {}
    text = child.stdout.read()
    return dict(json.loads(text)) if text else {}


def _relay(stream: IO[str], last: deque[str]) -> None:
    for line in stream:
        sys.stderr.write(line)
        last.append(line.rstrip())


def how_it_ended(code: int) -> str:
    """In words, why a process that gave this return code has no result."""
    if code >= 0:
        return f"its process ended with exit code {code} and no result"
    name = next((known.name for known in signal.Signals if known == -code), f"signal {-code}")
    why = ", as the system does where memory runs out" if name == "SIGKILL" else ""
    return f"its process was ended by {name}{why}"


def serve(work: Callable[[Any], Any]) -> None:
    """The child's side: do the job that `in_child` has sent and answer it."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what anybody prints is for the log
    job = json.loads(sys.stdin.readline())
    Thread(target=_die_with_the_parent, daemon=True).start()
    try:
        answer = {"answer": work(job)}
    except Exception as error:
        traceback.print_exc()
        answer = {"error": f"{type(error).__name__}: {error}"}
    with answers:
        json.dump(answer, answers)


def _die_with_the_parent() -> None:
    while os.read(0, 1):
        pass
    os._exit(1)
