"""Sweeps as users run them: the installed command, in a process of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.facts import HANG_SECONDS
from unetgen.sweep.folder.files import SweepFolder

FUNCTIONS = Path(__file__).with_name("functions.py")
SMALL = ("quickstart2d", "input.shape=[16,16]", "base_filters=4", "depth=2")


@dataclass(frozen=True)
class Ended:
    """What a sweep left behind."""

    code: int
    out: str
    err: str
    folder: SweepFolder

    def results(self) -> dict[str, Any]:
        """result.json of every point, or None, by its overrides."""
        found: dict[str, Any] = {}
        for folder in self.folder.points():
            file = folder.path / "result.json"
            overrides = " ".join(folder.point().overrides)
            found[overrides] = json.loads(file.read_text()) if file.exists() else None
        return found

    def attempts(self) -> dict[str, int]:
        """How often each point's task was started, by the point's overrides."""
        return {
            " ".join(folder.point().overrides): attempts_in(folder.path / "job.log")
            for folder in self.folder.points()
        }


def attempts_in(log: Path) -> int:
    return len(re.findall(r"^--- ", log.read_text(errors="replace"), re.MULTILINE)) if log.exists() else 0


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "unetgen", "sweep", *arguments]


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "", **more}


def sweep(cwd: Path, *arguments: str, out: str = "out", timeout: float = HANG_SECONDS) -> Ended:
    """Run `unetgen sweep` in `cwd`, where `functions.py` lies."""
    if not (cwd / "functions.py").exists():
        shutil.copy(FUNCTIONS, cwd)
    done = subprocess.run(
        command(*arguments, "--out", out),
        cwd=cwd,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr, SweepFolder(cwd / out))
