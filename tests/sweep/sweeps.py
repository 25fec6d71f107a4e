"""Folders of sweeps as `unetgen sweep` leaves them, without running one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from pathlib import Path
from unittest.mock import patch

from unetgen.analysis.summary import Summary
from unetgen.config.loader import Reader
from unetgen.config.resolved import to_yaml
from unetgen.sweep.folder.files import CONFIG, SweepFolder
from unetgen.sweep.folder.records import Point, Result
from unetgen.sweep.points.costs import cost_of
from unetgen.sweep.process import Failure
from unetgen.sweep.values import Value

Overrides = tuple[str, ...]
Outcome = Callable[[int, Overrides], Result | None]
TRACEBACK = 'Traceback (most recent call last):\n  File "train.py", line 3, in run\nValueError: no luck\n'
COST: Mapping[str, Value] = {"params": 10, "macs": 20, "train_bytes": 4096, "input_shape": [8, 8, 1]}


def grid(**axes: Sequence[object]) -> list[Overrides]:
    """Every combination of the values of `axes`."""
    rows = product(*axes.values())
    return [tuple(f"{key}={value}" for key, value in zip(axes, row, strict=True)) for row in rows]


def ok(seconds: float = 1.0, /, **values: Value) -> Result:
    return Result("ok", values, None, seconds)


def failed(message: str = "no luck", kind: str = "ValueError", traceback: str = TRACEBACK) -> Result:
    return Result("failed", {}, Failure(kind, message, traceback), 0.5)


def sweep_of(
    path: Path,
    points: Sequence[Overrides],
    outcome: Outcome = lambda number, overrides: ok(),
    config: str = "quickstart2d",
    left_out: Sequence[Mapping[str, object]] = (),
) -> SweepFolder:
    """A folder with those `points` of a real config, each with its outcome; None: it was not run."""
    folder, reader = SweepFolder(path), Reader(config)
    with patch("os.fsync"):
        for number, overrides in enumerate(points):
            summary = Summary(reader.design(overrides))
            digest, cost, text = summary.digest, cost_of(summary), to_yaml(summary.design.config)
            point = Point(digest, summary.fingerprint, summary.name, overrides, cost, number)
            folder.at(digest).write_point(point, {CONFIG: text}, outcome(number, overrides))
        _write_about(folder, config, points, left_out)
    return folder


def made_up(
    path: Path, *results: Result | None, overrides: Sequence[Overrides] = (), cost: object = None
) -> SweepFolder:
    """A folder of points without configs: `n=0`, `n=1` and so on where `overrides` says nothing else."""
    folder = SweepFolder(path)
    with patch("os.fsync"):
        for number, result in enumerate(results):
            texts = overrides[number] if overrides else (f"n={number}",)
            digest = hashlib.sha256(repr(texts).encode()).hexdigest()
            point = Point(digest, digest[::-1], "made_up", tuple(texts), cost or COST, number)  # type: ignore[arg-type]
            folder.at(digest).write_point(point, {}, result)
        _write_about(folder, "made_up", (), ())
    return folder


def _write_about(
    folder: SweepFolder, config: str, points: Sequence[Overrides], left_out: Sequence[object]
) -> None:
    run = {"config": config, "overrides": [], "points": len(points), "left_out": list(left_out)}
    folder.write_about({"task": {"name": "train:run", "options": {}}, "runs": [run]})
