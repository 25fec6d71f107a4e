"""A process that trains by one loop and takes turns with others: ``python -m benchmarks.loops.process``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

LOOPS = {
    "unetgen": "benchmarks.loops.by_run",
    "by hand": "benchmarks.loops.in_keras",
    "MONAI": "benchmarks.loops.in_monai",
}
"""The module whose ``trained(...)`` is the loop; its framework is imported by it."""
_ROOT = Path(__file__).parents[2]
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"), "1")
"""One thread each: what is compared is not who has more of them."""


class Training(NamedTuple):
    """What a loop came to."""

    dice: float
    seconds: list[float]
    """The processor's, for a step, in each epoch but the first."""
    losses: list[float]
    """Of each epoch."""


class LoopProcess:
    """The process, as its owner sees it; a context manager that ends it."""

    def __init__(self, loop: str, case: str, is_tiny: bool, folder: Path, seed: int) -> None:
        task = json.dumps({"loop": loop, "case": case, "tiny": is_tiny, "folder": str(folder), "seed": seed})
        self._log = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.loops.process", task],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            cwd=_ROOT,
            env={"TF_CPP_MIN_LOG_LEVEL": "3", **os.environ, **_ONE_THREAD},
            text=True,
        )
        self._line()

    def __enter__(self) -> LoopProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()
        self._log.close()

    def epoch(self) -> None:
        """Let it train until the next epoch begins."""
        self._begin()
        self._line()

    def last_epoch(self) -> Training:
        """Let it train to its end."""
        self._begin()
        return Training(**json.loads(self._line()))

    def _begin(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._log.seek(0)
            raise RuntimeError(f"a loop ended before its time:\n{self._log.read()[-3000:]}")
        return line


def main(task: dict[str, Any]) -> None:
    """Train, judge, and answer with a `Training`."""
    from benchmarks.loops.case import CASES
    from benchmarks.loops.judging import dice
    from benchmarks.loops.pictures import validation
    from benchmarks.loops.turns import Turns

    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what anybody prints is for the log
    case, folder = CASES[task["case"]], Path(task["folder"])
    case = case.tiny() if task["tiny"] else case
    turns = Turns(answers)
    losses, scores = import_module(LOOPS[task["loop"]]).trained(case, folder, task["seed"], turns)
    found = Training(dice(scores, validation(folder), case.size), turns.seconds(), losses)
    answers.write(json.dumps(found._asdict()) + "\n")
    answers.flush()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
