"""The process that one point's task runs in: ``python -m unetgen.sweep.apart FOLDER``, started by a job.

The job writes what to do on standard input, and keeps that open: once it is closed, the job is gone, and
this process ends.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from unetgen.errors import UnetgenError
from unetgen.sweep.folder import CONFIG, WORKDIR, Failure, PointFolder, Result
from unetgen.sweep.values import Value


def main(path: str) -> None:
    """Do what standard input says for the point in the folder `path`, and write its result there."""
    folder = PointFolder(Path(path))
    request = json.loads(_first_line())
    _follow_the_job()
    _offer_to_the_oom_killer()
    print(f"--- {request['task']}, {time.strftime('%Y-%m-%d %H:%M:%S')}", flush=True)
    start = time.perf_counter()
    try:
        values = _values(folder, request)
    except SystemExit as error:
        failure = Failure("SystemExit", f"the task called sys.exit({error.code!r})", traceback.format_exc())
    except BaseException as error:  # whatever the task raises is the point's, and costs no other
        failure = Failure(type(error).__name__, str(error), traceback.format_exc())
    else:
        folder.write_result(Result("ok", values, seconds=time.perf_counter() - start))
        return
    print(failure.traceback, file=sys.stderr, flush=True)
    folder.write_result(Result("failed", failure=failure, seconds=time.perf_counter() - start))


def _values(folder: PointFolder, request: Mapping[str, Any]) -> Mapping[str, Value]:
    from unetgen.config.loader import load_with_plan
    from unetgen.sweep.tasks import TASKS, user

    config, plan = load_with_plan(folder.path / CONFIG)
    if config.digest != folder.path.name:
        raise UnetgenError(f"{CONFIG} is not what this point was checked as: its digest is {config.digest}")
    workdir = folder.path / WORKDIR
    workdir.mkdir(exist_ok=True)
    if task := TASKS.get(request["task"]):
        return task.load()(config, plan, workdir, **request["options"])
    return user.run(user.find(request["task"]), config, plan, workdir)


def _first_line() -> bytes:
    """A line of standard input, read by hand: what stands behind it is not to be waited for."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            raise SystemExit("the job that started this process is gone")
        line += byte
    return line


def _follow_the_job() -> None:
    """End as soon as the job does; from here on the task's own standard input is empty."""
    lifeline = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)

    def wait() -> None:
        with suppress(OSError):
            while os.read(lifeline, 1):
                pass
        if os.name == "posix":
            os.killpg(0, signal.SIGKILL)  # and all that the task has started
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def _offer_to_the_oom_killer() -> None:
    """Let Linux, where memory runs out, end this process before the one that runs the sweep."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


if __name__ == "__main__":
    main(sys.argv[1])
