"""The task `measure`: wall time and peak memory of one inference and of one training step, on random data."""

from __future__ import annotations

import os
import statistics
import sys
from pathlib import Path
from typing import Any

from unetgen.config.model import UNetConfig
from unetgen.plan.graph import Plan
from unetgen.sweep.process import run_in_child
from unetgen.sweep.tasks import TASKS
from unetgen.sweep.tasks.errors import TaskError
from unetgen.sweep.values import Value


def run(
    config: UNetConfig, plan: Plan, workdir: Path, *, batch: int = 1, repeats: int = 5, warmup: int = 2
) -> dict[str, Value]:
    """Measure each kind of step in a fresh process of its own, so that neither sees the other's memory.

    Seconds are medians of `repeats` steps, with the least and the most; `first_step_seconds` is of the
    first training step, tracing included, and `loss` the value that it found. What the bytes count is said
    in `unetgen.sweep.tasks.step`. Raises `TaskError` with the process's own error and its last lines.
    """
    arguments = {"batch": batch, "repeats": repeats, "warmup": warmup}
    for option in TASKS["measure"].options:
        option.check(arguments[option.name])
    inference = _measured(config, "inference", arguments)
    train = _measured(config, "train", arguments)
    return {
        **_seconds("inference", inference["seconds"]),
        **_seconds("train", train["seconds"]),
        "inference_peak_bytes": inference["peak_bytes"],
        "train_peak_bytes": train["peak_bytes"],
        "first_step_seconds": train["first_seconds"],
        "loss": train["loss"],
        "device": train["device"],
    }


def _measured(config: UNetConfig, kind: str, arguments: dict[str, int]) -> dict[str, Any]:
    """The step of this kind, in a child that imports from where we would, as those of multiprocessing do."""
    request = {"config": config.to_dict(), "arguments": {"kind": kind, **arguments}}
    path = [os.path.abspath(place) for place in sys.path]  # noqa: PTH100  ('' is here)
    ending = run_in_child("unetgen.sweep.tasks.step:measure_step", request, path=path)
    if ending.failure is None:
        return dict(ending.result)
    reason = ending.failure.message
    if ending.how == "exception":
        reason = f"{ending.failure.kind}: {reason}"
    lines = "".join(f"\n  {line}" for line in ending.last_lines)
    raise TaskError(f"{kind}: {reason}" + (f"\nIts last lines:{lines}" if lines else ""))


def _seconds(kind: str, values: list[float]) -> dict[str, Value]:
    return {
        f"{kind}_seconds": statistics.median(values),
        f"{kind}_seconds_min": min(values),
        f"{kind}_seconds_max": max(values),
    }
