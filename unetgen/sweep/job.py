"""One job of a sweep: the function that Hydra's launchers call, on whatever machine, for one point.

The point's task runs in a process of its own below the job: one that raises, exits, is killed or runs out
of memory costs its point only, under every launcher. It ends when the job does, whatever ended that.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from unetgen.errors import UnetgenError
from unetgen.files import lock
from unetgen.sweep.folder import LOG, Failure, PointFolder, Result
from unetgen.sweep.tasks.child import how_it_ended


@dataclass(frozen=True)
class Job:
    """What all jobs of a sweep have in common; launchers pickle it, and call it with the point's config."""

    root: str
    task: str
    options: dict[str, Any] = field(default_factory=dict)
    path: tuple[str, ...] = ()
    """Folders where the modules of a task of the user's are looked up first."""
    timeout: float | None = None
    """Seconds."""

    def __call__(self, config: Any) -> None:
        """Run the point that `config` names, unless it is finished; its folder holds the result."""
        self.run(PointFolder(Path(self.root) / str(config.point)))

    def run(self, folder: PointFolder) -> None:
        """Run the point in `folder`; another job that runs it is waited for."""
        with (folder.path / LOG).open("ab") as held:
            lock(held.fileno())
            done = folder.result()
            if done is not None and done.status == "ok":
                return
            folder.forget_result()
            start = time.monotonic()
            # Opened once more: the lock is not to be inherited by what the task starts.
            with (folder.path / LOG).open("ab") as log:
                failure = self._run_apart(folder, log)
            if folder.result() is None:
                folder.write_result(Result("failed", failure=failure, seconds=time.monotonic() - start))

    def _run_apart(self, folder: PointFolder, log: BinaryIO) -> Failure:
        """Run the task in a new process, and say why there is no result if there is none then."""
        request = {"task": self.task, "options": self.options}
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "unetgen.sweep.apart", str(folder.path)],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            env=_environment(self.path),
            start_new_session=True,  # so that all that it starts ends with it
        )
        assert process.stdin is not None
        try:
            with suppress(BrokenPipeError):
                process.stdin.write(json.dumps(request).encode() + b"\n")
                process.stdin.flush()
            process.wait(self.timeout)
        except subprocess.TimeoutExpired:
            return Failure("TimeoutExpired", f"ran longer than {self.timeout:g} s and was stopped")
        finally:
            _end(process)
        kind = "ProcessKilled" if process.returncode < 0 else "ProcessEnded"
        return Failure(kind, f"{how_it_ended(process.returncode)}; see {LOG}")


def check_apart(task: str, path: tuple[str, ...]) -> None:
    """Look the user's task up in a process of its own, for what its module imports and does there is its own.

    Raises `UnetgenError` where it is not there or cannot be called.
    """
    command = [sys.executable, "-P", "-m", "unetgen.sweep.tasks.user", task]
    done = subprocess.run(
        command, env=_environment(path), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise UnetgenError(done.stderr.strip() or f"--task {task}: importing it ended the process")


def _environment(path: tuple[str, ...]) -> dict[str, str]:
    """The environment of a process that looks up the task's module in `path` first.

    Its log shows what the task prints, at once, and of TensorFlow no more than errors.
    """
    said = {"PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8", "TF_CPP_MIN_LOG_LEVEL": "2"}
    environment = {**said, **os.environ}
    if path:
        inherited = filter(None, [environment.get("PYTHONPATH")])
        environment["PYTHONPATH"] = os.pathsep.join([*path, *inherited])
    return environment


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and all that it left behind."""
    if os.name == "posix":
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()
    if process.stdin is not None:
        with suppress(BrokenPipeError):
            process.stdin.close()
