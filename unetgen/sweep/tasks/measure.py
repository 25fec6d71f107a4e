"""The task `measure`: wall time and peak memory of one inference and of one training step, on random data."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

from unetgen.config.model import UNetConfig
from unetgen.plan.graph import Plan
from unetgen.sweep.tasks import TASKS
from unetgen.sweep.tasks.child import in_child
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
    inference = _in_child(config, "inference", arguments)
    train = _in_child(config, "train", arguments)
    return {
        **_seconds("inference", inference["seconds"]),
        **_seconds("train", train["seconds"]),
        "inference_peak_bytes": inference["peak_bytes"],
        "train_peak_bytes": train["peak_bytes"],
        "first_step_seconds": train["first_seconds"],
        "loss": train["loss"],
        "device": train["device"],
    }


def _in_child(config: UNetConfig, kind: str, arguments: dict[str, int]) -> dict[str, Any]:
    job = {"config": config.to_dict(), "arguments": {"kind": kind, **arguments}}
    return dict(in_child("unetgen.sweep.tasks.step", job, kind))


def _seconds(kind: str, values: list[float]) -> dict[str, Value]:
    return {
        f"{kind}_seconds": statistics.median(values),
        f"{kind}_seconds_min": min(values),
        f"{kind}_seconds_max": max(values),
    }
