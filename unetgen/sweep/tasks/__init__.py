"""The tasks of a sweep: what is done at each point. One table says which there are and what they take.

Every task is called as ``run(config, plan, workdir, **options)``, one of runs as ``run(run, workdir,
contents)``. It returns the values of the point's row; what it raises is the point's failure. Importing
this package imports no task, hence no NumPy and no Keras.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType

from unetgen.errors import Problem, UnetgenError
from unetgen.sweep.values import Value

Run = Callable[..., dict[str, Value]]


@dataclass(frozen=True)
class TaskOption:
    """A whole number that a task takes, as ``--name`` on the command line."""

    name: str
    default: int
    help: str
    minimum: int = 1

    def check(self, value: object) -> None:
        """Raise `UnetgenError` where `value` is not a whole number or is below the minimum."""
        if not isinstance(value, int) or isinstance(value, bool) or value < self.minimum:
            message = f"must be a whole number from {self.minimum} up"
            raise UnetgenError(str(Problem(message, (self.name,), got=value)))


@dataclass(frozen=True)
class SweepTask:
    """A task of ours: the module that has its ``run``, a line of help, and its options.

    One that is `of_runs` takes points of run files; others take points of configs.
    """

    module: str
    help: str
    options: tuple[TaskOption, ...] = ()
    of_runs: bool = False

    def load(self) -> Run:
        """The task's ``run``; only this imports it."""
        run: Run = import_module(self.module).run
        return run


TASKS: Mapping[str, SweepTask] = MappingProxyType(
    {
        "build": SweepTask(
            "unetgen.sweep.tasks.build",
            "build and save the Keras model, and check it against the plan",
        ),
        "measure": SweepTask(
            "unetgen.sweep.tasks.measure",
            "time and peak memory of an inference and of a training step, on random data",
            (
                TaskOption("batch", 1, "samples in a batch"),
                TaskOption("repeats", 5, "timed steps, of which the median is told"),
                TaskOption("warmup", 2, "steps after the first one that are not timed", minimum=0),
            ),
        ),
        "train": SweepTask(
            "unetgen.sweep.tasks.train",
            "train the network of a run file on its images, and go on where that was interrupted",
            of_runs=True,
        ),
    }
)
"""The tasks by the names that the command line has for them; other names are ``package.module:function``."""
