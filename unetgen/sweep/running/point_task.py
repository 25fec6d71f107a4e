"""What the process of one point does: its config or run read again, its task run."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from unetgen.config.design import Design
from unetgen.errors import UnetgenError
from unetgen.runs.run import Run
from unetgen.sweep.folder.files import CONFIG, RUN, WORKDIR, PointFolder
from unetgen.sweep.folder.identity import Identity
from unetgen.sweep.values import Value


def run_task(request: Mapping[str, Any]) -> Mapping[str, Value]:
    """The values of the point in `request["folder"]`, by `request["task"]` with its `options`.

    Raises whatever the task raises, and `UnetgenError` where the point is not the one that was checked.
    """
    from unetgen.sweep.tasks import TASKS, modules, user

    print(f"--- {request['task']}, {time.strftime('%Y-%m-%d %H:%M:%S')}", flush=True)
    folder = Path(request["folder"])
    identity = PointFolder(folder).point().identity
    workdir = folder / WORKDIR
    workdir.mkdir(exist_ok=True)
    task = TASKS.get(request["task"])
    if task is not None and task.of_runs:
        run = _run(folder, Path(request["run_folder"]), identity)
        return task.load()(run, workdir, identity.contents)
    design = _design(folder, identity)
    if task is not None:
        return task.load()(design.config, design.plan, workdir, **request["options"])
    function = user.find(request["task"], identity.parameters)
    modules.require_unchanged(identity.contents)
    return user.run(function, design.config, design.plan, workdir, identity.parameters)


def _design(folder: Path, identity: Identity) -> Design:
    from unetgen.config.loader import load_design

    design = load_design(folder / CONFIG)
    _require(CONFIG, design.config.digest, identity)
    return design


def _run(folder: Path, run_folder: Path, identity: Identity) -> Run:
    """The point's run, whose paths count from the folder of the run file that it came from."""
    from unetgen.runs.loader import run_from_text

    run = run_from_text((folder / RUN).read_text(encoding="utf-8"), RUN, run_folder)
    _require(RUN, run.digest, identity)
    return run


def _require(name: str, digest: str, identity: Identity) -> None:
    if digest != identity.asked:
        raise UnetgenError(f"{name} is not what this point was checked as: its digest is {digest}")
