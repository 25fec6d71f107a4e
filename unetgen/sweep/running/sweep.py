"""A whole sweep: its points checked, its folder opened, Hydra's sweeper and launcher at work, its outcome."""

from __future__ import annotations

import os
import random
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from unetgen import __version__
from unetgen.config.composing.overrides import cut
from unetgen.config.loader import Reader
from unetgen.errors import ConfigError, UnetgenError
from unetgen.files import gone_if_left_empty, lock
from unetgen.installed import choose_backend, require_backend
from unetgen.spelling import did_you_mean
from unetgen.sweep.folder.files import SHARED, SweepFolder
from unetgen.sweep.folder.finished import Finished
from unetgen.sweep.folder.identity import PARAMETER, is_choice, is_parameter
from unetgen.sweep.folder.writer import PointWriter
from unetgen.sweep.points.axes_file import Axes
from unetgen.sweep.points.budget import Budget
from unetgen.sweep.points.candidates import Candidates, ConfigCandidates
from unetgen.sweep.points.check import CheckedPoints, Checker
from unetgen.sweep.points.configs import ConfigsCandidates, axis_of, configs_in
from unetgen.sweep.points.space import MAX_POINTS, Space
from unetgen.sweep.running.batches import Batches, PointFailedError
from unetgen.sweep.running.job import Job, check_apart
from unetgen.sweep.running.multirun import Multirun, multirun
from unetgen.sweep.running.optuna_study import resume
from unetgen.sweep.running.progress import Progress
from unetgen.sweep.tasks import TASKS
from unetgen.sweep.tasks.returned import VALUE

COST = "cost"
"""The task that the check before launch has done already: nothing is launched for it."""
LOCK_FILE = ".unetgen-sweep.lock"


@dataclass(frozen=True)
class Request:
    """What a sweep is to do.

    `config` may name several, with commas between them; they are an axis then. `options` are all that a task
    may take; `batch` among them is that of the costs too.
    """

    config: str
    overrides: tuple[str, ...]
    folder: Path
    task: str = COST
    options: Mapping[str, int] = field(default_factory=lambda: {"batch": 1})
    budget: Budget = field(default_factory=Budget)
    parameters: tuple[str, ...] = ()
    """Overrides of what a task of the user's is called with, such as ``lr=0.1,0.01``."""
    skip_invalid: bool = False
    objectives: tuple[str, ...] = ()
    timeout: float | None = None
    config_dir: Path | None = None
    max_points: int = MAX_POINTS
    axes: Axes = field(default_factory=Axes)
    """The file that some of `overrides` come from."""
    quiet: bool = False

    @property
    def configs(self) -> tuple[str, ...]:
        """The configs that `config` names."""
        return configs_in(self.config)


@dataclass(frozen=True)
class Outcome:
    """What was found before launch, and what launchers and sweepers raised."""

    checked: CheckedPoints
    lost: tuple[str, ...] = ()
    outdated: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Earlier points that those of this sweep take the place of, by digest, with what has changed."""


def check(request: Request) -> CheckedPoints:
    """Check every point and launch nothing.

    Raises `UnetgenError` where the points are not known before, and where a sweep would refuse the task or
    the folder.
    """
    _, contents = _import_path(request)
    _task_of(SweepFolder(request.folder), request)
    candidates = _candidates(request, contents)
    space = _space(request, candidates)
    with multirun(request.folder, space.hydra, request.config_dir) as hydra:
        if not hydra.is_basic:
            raise UnetgenError("this sweeper chooses points by results: there is nothing to check before")
        return _checked(request, candidates, space, hydra).checked


def sweep(request: Request) -> Outcome:
    """Check every point, run those that are not finished, and leave their results in the folder.

    Raises `UnetgenError` before anything is run or written where a point is invalid, unless those are to be
    skipped, and where the folder holds a sweep of another task or is in use, and where a task of ours needs
    a backend of Keras that is not installed.
    """
    if request.task in TASKS:
        require_backend()
    elif request.task != COST:
        choose_backend()  # a function of the user's may import Keras
    random.seed(0)  # for `shuffle` in Hydra's grammar
    path, contents = _import_path(request)
    candidates = _candidates(request, contents)
    space, folder = _space(request, candidates), SweepFolder(request.folder)
    with multirun(request.folder, space.hydra, request.config_dir) as hydra:
        checker = _checked(request, candidates, space, hydra)
        if not request.skip_invalid:
            checker.checked.refuse_invalid()
        objectives = () if hydra.is_basic else _objectives(request)
        launcher = None if request.task == COST else hydra.launcher(_job(request, path)).launch
        with _alone(folder):
            _describe(folder, request, checker.checked)
            writer = PointWriter(folder, candidates.file_of)
            batches = Batches(folder, space, checker, writer, launcher, objectives, request.skip_invalid)
            try:
                _run(request, space, hydra, batches)
            finally:
                shutil.rmtree(folder.path / SHARED, ignore_errors=True)
            if not hydra.is_basic:
                _describe(folder, request, checker.checked, again=True)
    return Outcome(checker.checked, tuple(batches.lost), batches.outdated)


def _candidates(request: Request, contents: Mapping[str, str]) -> Candidates:
    """What the points are made of: the run file's runs, or the networks of the configs."""
    configs, batch = request.configs, request.options["batch"]
    if given := next(filter(is_parameter, request.overrides), None):
        name = given.partition("=")[0].lstrip("+").removeprefix(PARAMETER)
        raise UnetgenError(f"{cut(given)}: a parameter of your function is given by --set {name}=VALUES")
    if not _is_of_runs(request.task):
        if any(map(is_choice, request.overrides)):
            raise UnetgenError("write whole configs before the overrides: unetgen sweep a.yaml,b.yaml ...")
        if len(configs) == 1:
            return ConfigCandidates(Reader(configs[0]), batch, contents)
        return ConfigsCandidates(configs, batch, contents)
    if len(configs) > 1:
        hint = "write its networks as an axis: run.yaml model=a.yaml,b.yaml"
        raise UnetgenError(f"{request.config}: --task {request.task} takes one run file; {hint}")
    from unetgen.sweep.points.run_candidates import RunCandidates

    file = Path(configs[0])
    if not file.exists():
        hint = "`unetgen data DIR --write-run run.yaml` writes one"
        raise UnetgenError(f"{file}: no such file; --task {request.task} takes a run file, {hint}")
    return RunCandidates(file)


def _is_of_runs(task: str) -> bool:
    return task in TASKS and TASKS[task].of_runs


def _space(request: Request, candidates: Candidates) -> Space:
    from unetgen.config.bundled import config_dir
    from unetgen.config.composing.groups import ConfigGroups

    groups = [ConfigGroups(file, str(file), config_dir()) for file in candidates.files]
    of_configs = [axis_of(request.configs)] if len(groups) > 1 else []
    of_task = [f"{PARAMETER}{text}" for text in request.parameters]
    inside = "model." if _is_of_runs(request.task) else ""

    def options(group: str) -> list[str]:
        """The names in a config group that every config has."""
        first, *others = (each.get_group_options(group.removeprefix(inside)) for each in groups)
        return [name for name in first if all(name in names for names in others)]

    try:
        return Space.of([*of_configs, *request.overrides, *of_task], options)
    except ConfigError as error:
        raise ConfigError(request.axes.located(error.problems, request.overrides)) from None


def _checked(request: Request, candidates: Candidates, space: Space, hydra: Multirun) -> Checker:
    """All points of a grid, checked; those of a search are chosen and checked while it runs."""
    checker = Checker(candidates, request.budget, Finished(SweepFolder(request.folder)), request.axes)
    if not hydra.is_basic:
        return checker
    space.refuse_more_than(request.max_points)
    points = [space.point(chosen) for chosen in hydra.points(list(space.swept.values()))]
    with Progress(len(points), "checking", not request.quiet) as progress:
        checker.check(points, lambda: progress.advance(1, 0))
    if not checker.checked.points and not _is_of_runs(request.task):
        _refuse_run_file(request)
    return checker


def _refuse_run_file(request: Request) -> None:
    """Raise `UnetgenError` where a run file was given for a config: one line says it all."""
    from unetgen.runs.loader import load_run

    for config in request.configs:
        try:
            load_run(config)
        except UnetgenError:
            continue
        raise UnetgenError(
            f"{config}: is a run file; --task train takes those, --task {request.task} a config"
        )


def _job(request: Request, path: tuple[str, ...]) -> Job:
    taken = [option.name for option in TASKS[request.task].options] if request.task in TASKS else []
    options = {name: request.options[name] for name in taken}
    run_folder = str(Path(request.configs[0]).parent.resolve()) if _is_of_runs(request.task) else ""
    return Job(str(request.folder.resolve()), request.task, options, path, request.timeout, run_folder)


def _run(request: Request, space: Space, hydra: Multirun, batches: Batches) -> None:
    """Let the sweeper and the launcher work."""
    total = batches.unfinished
    if hydra.is_optuna:
        total = resume(hydra.config, space.hydra, request.folder)
    try:
        with Progress(total, request.task, not request.quiet) as batches.progress:
            hydra.sweep(list(space.swept.values()), batches.launch)
    except PointFailedError as error:
        batches.lost.append(f"the sweeper stopped at a failed point: {error}")
    except ValueError as error:  # Optuna's where no trial has a value, or it cannot search such a space
        if not batches.has_answered:
            raise UnetgenError(f"the sweeper refuses: {error}") from None
        batches.lost.append(f"the search came to no best point: {error}")


def _objectives(request: Request) -> tuple[str, ...]:
    """What a search goes by: what was asked for, or the one number that a function returned."""
    if request.objectives:
        return request.objectives
    if _is_ours(request.task):
        such_as = "val_dice" if _is_of_runs(request.task) else "train_bytes"
        raise UnetgenError(f"a search needs something to go by: --objective COLUMN, such as {such_as}")
    return (VALUE,)


def _is_ours(task: str) -> bool:
    return task == COST or task in TASKS


def _import_path(request: Request) -> tuple[tuple[str, ...], Mapping[str, str]]:
    """Where jobs look for the task's module first, and what it is made of; raises `UnetgenError` where the
    task is not there, or does not take the parameters."""
    task = request.task
    if _is_ours(task):
        if request.parameters:
            raise UnetgenError(f"--set is for a function of your own, and --task {task} is not one")
        return (), {}
    if ":" not in task:
        ours = (COST, *TASKS)
        hint = did_you_mean(task, ours) or f"one of: {', '.join(ours)}"
        raise UnetgenError(f"--task {task}: no such task; {hint}, or package.module:function for your own")
    path = (str(Path.cwd()),)
    names = (re.split(r"[.=]", text.lstrip("+~"))[0] for text in request.parameters)
    return path, check_apart(task, path, dict.fromkeys(names))


def _describe(folder: SweepFolder, request: Request, checked: CheckedPoints, again: bool = False) -> None:
    """Note in the sweep's folder what runs in it."""
    task = _task_of(folder, request)
    about = folder.about() or {"task": task, "runs": []}
    run = {
        "config": request.config,
        "overrides": [*request.overrides, *(f"{PARAMETER}{text}" for text in request.parameters)],
        "points": len(checked.points),
        "left_out": [{"overrides": point.overrides, "reason": point.reason} for point in checked.left_out],
        "volatile": {"started": datetime.now(UTC).isoformat(timespec="seconds"), "unetgen": __version__},
    }
    earlier = about["runs"][:-1] if again else about["runs"]
    folder.write_about({"task": task, "runs": [*earlier, run]})


def _task_of(folder: SweepFolder, request: Request) -> dict[str, Any]:
    """The task that is asked for; raises `UnetgenError` where the folder holds a sweep of another one."""
    task = {"name": request.task, "options": dict(request.options)}
    about = folder.about()
    if about and about["task"] != task:
        raise UnetgenError(
            f"{folder.path}: holds a sweep with another task: {_task_line(about['task'])}, not "
            f"{_task_line(task)}; give another --out"
        )
    return task


def _task_line(task: Mapping[str, Any]) -> str:
    options = " ".join(f"--{name} {value}" for name, value in task["options"].items())
    return f"{task['name']} {options}".strip()


@contextmanager
def _alone(folder: SweepFolder) -> Iterator[None]:
    """Refuse to run where another sweep runs: both would launch the same points."""
    if folder.path.exists() and not folder.path.is_dir():
        raise UnetgenError(f"{folder.path}: is a file, not a folder; nothing was run")
    with gone_if_left_empty(folder.path, [LOCK_FILE]):
        try:
            # Without waiting, should it be a pipe.
            held = os.open(folder.path / LOCK_FILE, os.O_RDWR | os.O_CREAT | getattr(os, "O_NONBLOCK", 0))
        except OSError as error:
            raise UnetgenError(f"{folder.path}: cannot be written: {error.strerror}") from None
        try:
            if not lock(held, wait=False):
                raise UnetgenError(f"{folder.path}: another sweep is running in this folder")
            yield
        finally:
            os.close(held)
