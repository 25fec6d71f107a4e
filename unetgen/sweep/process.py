"""A child process for one piece of work: the one way in which a sweep starts, hears and ends processes.

    parent                                  child: python -m unetgen.sweep.process PACKAGE.MODULE:FUNCTION
    request, a line of JSON  -- stdin --->  what FUNCTION is called with
    the log                  <-- stderr --  whatever anybody prints, on standard output too
    answer, one record       <-- stdout --  what FUNCTION returned, or what it raised

Standard input stays open. Where it ends, the parent is gone, by SIGKILL too, since the system closes its
pipes; then the child ends itself. The child leads a session of its own, and whoever ends it ends all that it
has started. Out of reach is a process that has moved to another session; on Windows, so is what a child that
came to its end has left running.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Any, BinaryIO, Literal, NoReturn

How = Literal["result", "exception", "exit", "signal", "memory", "time"]
LAST_LINES = 15
_TAIL = 1 << 16
_DRAIN_SECONDS = 5.0
_OOM_KILLS = Path("/proc/vmstat")


@dataclass(frozen=True)
class Failure:
    """Why there is no result: the error's class, its message, and the whole traceback if there is one."""

    kind: str
    message: str
    traceback: str = ""

    def line(self) -> str:
        """The failure in one line."""
        first = next(iter(self.message.strip().splitlines()), "")
        return f"{self.kind}: {first}" if first else self.kind


@dataclass(frozen=True)
class Ending:
    """How a child ended: with a `result`, or with a `failure`; `last_lines` are the end of its log.

    `how` is ``exception`` where the function raised, ``exit`` where the process ended without an answer,
    ``signal`` where it was killed, ``memory`` where that was when the system ran out of it, and ``time``
    where it was stopped for taking too long. `seconds` are those of the function, or of all where it has
    not come to its end.
    """

    how: How
    seconds: float
    result: Any = None
    failure: Failure | None = None
    last_lines: tuple[str, ...] = ()


def run_in_child(
    work: str,
    request: Mapping[str, Any],
    *,
    path: Sequence[str] = (),
    timeout: float | None = None,
    log: BinaryIO | None = None,
) -> Ending:
    """What `work`, a function as ``package.module:function``, makes of `request` in a fresh interpreter.

    Request and result are data for JSON; NaN and infinities pass. Modules are looked up in `path` first. What
    the child prints goes to `log` at once, an unbuffered file, or to our standard error. `timeout` is in
    seconds.
    """
    start, oom_kills = time.monotonic(), _oom_kills()
    process = _started(work, path)
    mark = secrets.token_hex()  # so that nothing that anybody prints is taken for the answer
    output, tail = bytearray(), bytearray()
    to_log = _to_log(log, tail)
    readers = [_reading(process.stdout, output.extend), _reading(process.stderr, to_log)]
    is_late = False
    try:
        _send(process, {"mark": mark, "request": request})
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        is_late = True
    finally:
        end(process)
        for reader in readers:  # what has left the child's session may keep a pipe open
            reader.join(_DRAIN_SECONDS)
    printed, _, record = bytes(output).partition(mark.encode())
    if printed:  # before the child's side of this file began
        to_log(printed)
    return _ending(
        process.returncode,
        _answer_in(record),
        tuple(tail.decode("utf-8", "replace").splitlines()[-LAST_LINES:]),
        time.monotonic() - start,
        timeout if is_late else None,
        has_oom_kill=_oom_kills() > oom_kills,
    )


def _started(work: str, path: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "unetgen.sweep.process", work],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_environment(path),
        start_new_session=True,
    )


def _environment(path: Sequence[str]) -> dict[str, str]:
    """Prints come at once and in UTF-8; of TensorFlow no more than errors."""
    said = {"PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8", "TF_CPP_MIN_LOG_LEVEL": "2"}
    environment = {**said, **os.environ}
    if path:
        inherited = filter(None, [environment.get("PYTHONPATH")])
        environment["PYTHONPATH"] = os.pathsep.join([*path, *inherited])
    return environment


def _reading(pipe: Any, take: Callable[[bytes], object]) -> Thread:
    """A thread that takes everything from a pipe; what it cannot take is dropped, so that nobody waits."""

    def read() -> None:
        with pipe, suppress(OSError):
            while part := os.read(pipe.fileno(), 1 << 16):
                with suppress(OSError, ValueError):  # a full disk, a closed log
                    take(part)

    thread = Thread(target=read, daemon=True)
    thread.start()
    return thread


def _to_log(log: BinaryIO | None, tail: bytearray) -> Callable[[bytes], None]:
    def write(part: bytes) -> None:
        tail.extend(part)
        del tail[:-_TAIL]
        if log is None:
            os.write(2, part)
        else:
            log.write(part)

    return write


def _send(process: subprocess.Popen[bytes], request: Mapping[str, Any]) -> None:
    """Hand over the request; standard input stays open, for the child takes its end for ours."""
    assert process.stdin is not None
    with suppress(BrokenPipeError):  # it died before it read
        process.stdin.write(json.dumps(request).encode() + b"\n")
        process.stdin.flush()


def end(process: subprocess.Popen[Any]) -> None:
    """End a process and all that it has started."""
    if os.name == "posix":
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    elif process.poll() is None:
        subprocess.run(["taskkill", "/T", "/F", "/PID", str(process.pid)], capture_output=True, check=False)
    process.kill()
    process.wait()
    if process.stdin is not None:
        with suppress(BrokenPipeError):
            process.stdin.close()


def _ending(
    code: int,
    answer: Mapping[str, Any] | None,
    last_lines: tuple[str, ...],
    seconds: float,
    timeout: float | None,
    *,
    has_oom_kill: bool,
) -> Ending:
    """An answer counts however the process ended after it."""
    if answer is not None and "result" in answer:
        return Ending("result", answer["seconds"], answer["result"], None, last_lines)
    if answer is not None:
        return Ending("exception", answer["seconds"], None, Failure(**answer["error"]), last_lines)
    how: How
    if timeout is not None:
        how, kind, said = "time", "TimeoutExpired", f"ran longer than {timeout:g} s and was stopped"
    elif code < 0:
        how = "memory" if code == -signal.SIGKILL and has_oom_kill else "signal"
        kind, said = "ProcessKilled", how_it_ended(code)
    else:
        how, kind, said = "exit", "ProcessEnded", how_it_ended(code)
    return Ending(how, seconds, None, Failure(kind, said), last_lines)


def _answer_in(record: bytes) -> dict[str, Any] | None:
    """The answer, if the record is whole: a process may be killed while it writes."""
    return dict(json.loads(record)) if record.endswith(b"\n") else None


def how_it_ended(code: int) -> str:
    """In words, why a process that gave this return code has no result."""
    if code >= 0:
        return f"its process ended with exit code {code} and no result"
    name = next((known.name for known in signal.Signals if known == -code), f"signal {-code}")
    why = ", as the system does where memory runs out" if name == "SIGKILL" else ""
    return f"its process was ended by {name}{why}"


def _oom_kills() -> int:
    """How many processes Linux has ended for lack of memory since it started; 0 where nobody counts."""
    with suppress(OSError):
        for line in _OOM_KILLS.read_text().splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    return 0


# --- the child's side ---


def main(work: str) -> None:
    """Do `work` for the request on standard input, and answer on standard output."""
    answers = os.dup(1)
    os.dup2(2, 1)  # what anybody prints is for the log
    sent = json.loads(_request_line())
    _follow_the_parent()
    offer_to_the_oom_killer()
    start = time.perf_counter()
    try:
        answer = _encoded(
            {"result": _function(work)(sent["request"]), "seconds": time.perf_counter() - start}
        )
    except BaseException as error:  # whatever the work raises is its own, and costs nobody else
        failure = _failure_of(error)
        print(failure.traceback, file=sys.stderr, flush=True)
        answer = json.dumps({"error": vars(failure), "seconds": time.perf_counter() - start}).encode()
    with os.fdopen(answers, "wb") as file:
        file.write(sent["mark"].encode() + answer + b"\n")


def _failure_of(error: BaseException) -> Failure:
    said = f"the task called sys.exit({error.code!r})" if isinstance(error, SystemExit) else str(error)
    return Failure(type(error).__name__, said, "".join(traceback.format_exception(error)))


def _function(work: str) -> Callable[[Any], Any]:
    module, _, name = work.partition(":")
    function: Callable[[Any], Any] = getattr(import_module(module), name)
    return function


def _encoded(answer: Mapping[str, Any]) -> bytes:
    """JSON in UTF-8: text that no file could hold is the work's error."""
    return json.dumps(answer, ensure_ascii=False).encode()


def _request_line() -> bytes:
    """The one line of standard input, read by hand: what stands behind it is not to be waited for."""
    line = b""
    while not line.endswith(b"\n"):
        part = os.read(0, 1 << 16)
        if not part:
            raise SystemExit("the process that started this one is gone")
        line += part
    return line


def _follow_the_parent() -> None:
    """End as soon as the parent does; from here on the work's own standard input is empty."""
    lifeline = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)

    def wait() -> None:
        with suppress(OSError):
            while os.read(lifeline, 1):
                pass
        end_itself()

    Thread(target=wait, daemon=True).start()


def end_itself() -> NoReturn:
    """End this process, which leads a session, and all that it has started."""
    if os.name == "posix":
        os.killpg(0, signal.SIGKILL)
    subprocess.run(["taskkill", "/T", "/F", "/PID", str(os.getpid())], capture_output=True, check=False)
    os._exit(1)


def offer_to_the_oom_killer() -> None:
    """Let Linux, where memory runs out, end this process before the one that runs the sweep."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


if __name__ == "__main__":
    main(sys.argv[1])
