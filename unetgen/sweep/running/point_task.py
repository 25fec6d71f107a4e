"""What the process of one point does: its config read again, its task run."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from unetgen.errors import UnetgenError
from unetgen.sweep.folder.files import CONFIG, WORKDIR
from unetgen.sweep.values import Value


def run_task(request: Mapping[str, Any]) -> Mapping[str, Value]:
    """The values of the point in `request["folder"]`, by `request["task"]` with its `options`.

    Raises whatever the task raises, and `UnetgenError` where the config is not the one that was checked.
    """
    from unetgen.config.loader import load_design
    from unetgen.sweep.tasks import TASKS, user

    print(f"--- {request['task']}, {time.strftime('%Y-%m-%d %H:%M:%S')}", flush=True)
    folder = Path(request["folder"])
    design = load_design(folder / CONFIG)
    config, plan = design.config, design.plan
    if config.digest != folder.name:
        raise UnetgenError(f"{CONFIG} is not what this point was checked as: its digest is {config.digest}")
    workdir = folder / WORKDIR
    workdir.mkdir(exist_ok=True)
    if task := TASKS.get(request["task"]):
        return task.load()(config, plan, workdir, **request["options"])
    return user.run(user.find(request["task"]), config, plan, workdir)
