"""Tasks that behave badly at some points: copied into a folder of the test's, and named to `--task`."""

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any


def act(config: Any, plan: Any, workdir: Path) -> Any:
    """Points are told apart by their seed. A file `mended` in the sweep's folder heals them all."""
    if not (workdir.parents[1] / "mended").exists():
        if config.seed == 2:
            raise ValueError("bad luck\nand more of it")
        if config.seed == 4:
            sys.exit(3)
        if config.seed == 6:
            os.kill(os.getpid(), signal.SIGKILL)
    return {"score": config.seed * 2.5, "params": plan.params}


def kill_the_job(config: Any, plan: Any, workdir: Path) -> Any:
    """End the job around this process, as a cluster does that takes its node away."""
    if config.seed == 1 and not (workdir.parents[1] / "mended").exists():
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(3600)
    return {"score": config.seed}


def slow(config: Any, plan: Any, workdir: Path) -> Any:
    """A while at each point, and a note of every start."""
    _note_attempt(workdir)
    time.sleep(0.15)
    return {"score": config.seed * 1.5}


def held(config: Any, plan: Any, workdir: Path) -> Any:
    """Ends only while fewer points have a result than the sweep's file `allowed` says."""
    _note_attempt(workdir)
    folder = workdir.parents[1]
    while len(list(folder.glob("*/result.json"))) >= int((folder / "allowed").read_text() or 0):
        time.sleep(0.02)
    return {"score": config.seed * 1.5}


def _note_attempt(workdir: Path) -> None:
    marks = workdir / "attempts"
    marks.write_text(marks.read_text() + "x" if marks.exists() else "x")


def bowl(config: Any, plan: Any, workdir: Path) -> Any:
    """Least, 1.0, at depth 3 and 12 base filters."""
    time.sleep(0.05)
    return 1.0 + (config.depth - 3) ** 2 + (config.base_filters - 12) ** 2 / 16


def forever(config: Any, plan: Any, workdir: Path) -> None:
    """Never ends; nor does the process that it starts."""
    child = os.fork()
    if child:
        part = Path(workdir) / "pids.part"
        part.write_text(f"{os.getpid()} {child}")
        part.rename(part.with_suffix(""))  # whole, or not there
    time.sleep(3600)


def leave(config: Any, plan: Any, workdir: Path) -> None:
    """End the process past Python's own way out."""
    print("on my way out", flush=True)
    os._exit(3)


def diverge(config: Any, plan: Any, workdir: Path) -> Any:
    """As a training that goes wrong."""
    return {"loss": float("nan"), "norm": float("inf"), "name": "x"}
