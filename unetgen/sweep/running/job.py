"""One job of a sweep: the function that Hydra's launchers call, on whatever machine, for one point.

The point's task runs in a process of its own below the job: one that raises, exits, is killed or runs out
of memory costs its point only, under every launcher. It ends when the job does, whatever ended that.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from unetgen.errors import UnetgenError
from unetgen.files import lock
from unetgen.sweep.folder.files import LOG, PointFolder
from unetgen.sweep.folder.records import Result
from unetgen.sweep.process import Ending, run_in_child

if TYPE_CHECKING:
    from omegaconf import DictConfig

RUN_TASK = "unetgen.sweep.running.point_task:run_task"
LOOK_UP = "unetgen.sweep.tasks.user:look_up"


@dataclass(frozen=True)
class Job:
    """What all jobs of a sweep have in common; launchers pickle it, and call it with the point's config."""

    root: str
    task: str
    options: dict[str, int] = field(default_factory=dict)
    path: tuple[str, ...] = ()
    """Folders where the modules of a task of the user's are looked up first."""
    timeout: float | None = None
    """Seconds."""
    run_folder: str = ""
    """Where the paths of a run file are relative to."""

    def __call__(self, config: DictConfig) -> None:
        """Run the point that `config` names, unless it is finished; its folder holds the result."""
        self.run(PointFolder(Path(self.root) / str(config.point)))

    def run(self, folder: PointFolder) -> None:
        """Run the point in `folder`; another job that runs it is waited for."""
        with (folder.path / LOG).open("ab", buffering=0) as log:
            lock(log.fileno())
            known = folder.result()
            if known is not None and known.status == "ok":
                return
            folder.forget_result()
            request = {"folder": str(folder.path), "task": self.task, "options": self.options}
            request["run_folder"] = self.run_folder
            ending = run_in_child(RUN_TASK, request, path=self.path, timeout=self.timeout, log=log)
            folder.write_result(_result_of(ending))


def _result_of(ending: Ending) -> Result:
    if ending.failure is None:
        return Result("ok", ending.result, seconds=ending.seconds)
    failure = ending.failure
    if ending.how in ("exit", "signal", "memory"):
        failure = replace(failure, message=f"{failure.message}; see {LOG}")
    return Result("failed", failure=failure, seconds=ending.seconds)


def check_apart(task: str, path: tuple[str, ...], parameters: Iterable[str] = ()) -> dict[str, str]:
    """Look the user's task up in a process of its own, for what its module imports and does there is its own.

    Gives the contents of its modules. Raises `UnetgenError` where it is not there or cannot be called with
    these `parameters` beside its three.
    """
    with Path(os.devnull).open("wb", buffering=0) as nowhere:  # libraries have things to say on import
        request = {"task": task, "path": path, "parameters": list(parameters)}
        ending = run_in_child(LOOK_UP, request, path=path, log=nowhere)
    if ending.failure is not None:
        failure = ending.failure
        if failure.kind == UnetgenError.__name__:
            raise UnetgenError(failure.message)
        # Its own process ended, or looking at what is there raised something.
        said = failure.line() if ending.how == "exception" else failure.message
        raise UnetgenError(f"--task {task}: cannot be looked up: {said}")
    return dict(ending.result)
