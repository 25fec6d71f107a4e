"""Sweeps of 100 and of 1,000 points with the task `cost`, over four depths: time and memory of the process.

Both sizes have the same mix of depths. Points checked per second are those of the check before launch by
itself (composed, validated, planned and costed), on one core; time per point is the whole command's, files
and their synchronization included, less what the command takes with one point. Peak memory is the whole
process's resident set. A sweep that is resumed is the one of 1,000 points, given again when all are finished;
its report has the figures of 500 of them.

The kernel's time is in the wall time only: bringing files to the disk costs it more once the disk's first
buffers are full, whatever the number of points.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import product
from pathlib import Path

from benchmarks.rows import Row, progress

CONFIG = "unet3d_depth2"
HUNDRED = ("depth=2,3,4,5", "base_filters=range(8,13)", "dropout=0.0,0.1,0.2,0.3,0.4")
MOST_REPEATS = 3
THOUSAND = ("depth=2,3,4,5", "base_filters=range(8,58)", "dropout=0.0,0.1,0.2,0.3,0.4")


def rows(repeats: int) -> list[Row]:
    """Points checked per second, and how time and memory grow from 100 points to 1,000."""
    checked = [checked_per_second() for _ in range(max(repeats, 3))]
    times, cpu, peaks, details, resumed, reported = [], [], [], [], [], []
    for _ in range(min(repeats, MOST_REPEATS)):
        one = _sweep(())
        # Ten small sweeps around the large one: a machine that slows down under load meets both alike.
        small = [_sweep(HUNDRED) for _ in range(5)]
        with tempfile.TemporaryDirectory() as folder:
            thousand, again = _sweep(THOUSAND, folder), _sweep(THOUSAND, folder)
            page = str(Path(folder) / "report.html")
            report = _measured("collect", folder, "--out", page)
        resumed.append((again[2] - one[2]) / (thousand[2] - one[2]))
        reported.append(report[2] / thousand[2])
        small += [_sweep(HUNDRED) for _ in range(5)]
        hundred = tuple(statistics.mean(each) for each in zip(*small, strict=True))
        per_point = [(sized[0] - one[0]) / count for sized, count in ((hundred, 100), (thousand, 1000))]
        times.append(per_point[1] / per_point[0])
        cpu.append((thousand[2] - one[2]) / (hundred[2] - one[2]) / 10)
        peaks.append(thousand[1] / hundred[1])
        details.append((per_point[0], per_point[1], hundred[1], thousand[1]))
        progress(
            f"  per point {1000 * per_point[0]:.1f} ms of 100, {1000 * per_point[1]:.1f} ms of 1,000; peak "
            f"{hundred[1] / 2**20:.0f} MiB, {thousand[1] / 2**20:.0f} MiB"
        )
    seconds_100, seconds_1000, bytes_100, bytes_1000 = zip(*details, strict=True)
    return [
        Row("points checked before launch", "points / 1 s", tuple(checked), (200, float("inf"))),
        Row(
            "time per point, 1,000 / 100",
            "seconds / seconds",
            tuple(times),
            (0, 1.25),
            {"seconds_per_point_of_100": seconds_100, "seconds_per_point_of_1000": seconds_1000},
        ),
        Row("CPU of our own per point, 1,000 / 100", "seconds / seconds", tuple(cpu), (0, 1.15)),
        Row("CPU of our own, resumed / first run", "seconds / seconds", tuple(resumed), (0, 0.35)),
        Row("CPU of our own, report / first run", "seconds / seconds", tuple(reported), (0, 1.5)),
        Row(
            "peak memory, 1,000 / 100 points",
            "bytes / bytes",
            tuple(peaks),
            (0, 1.1),
            {"peak_bytes_of_100": bytes_100, "peak_bytes_of_1000": bytes_1000},
        ),
    ]


def checked_per_second() -> float:
    """Points per second of CPU that the check before launch gets through, its files read anew."""
    from unetgen.config.loader import Reader
    from unetgen.sweep.points.candidates import ConfigCandidates
    from unetgen.sweep.points.check import Checker

    filters = [f"base_filters={number}" for number in range(8, 18)]
    depths, skips = [f"depth={depth}" for depth in (2, 3, 4, 5)], ["skip=concat", "skip=add"]
    points = list(product(depths, filters, skips))
    checker = Checker(ConfigCandidates(Reader(CONFIG)))
    start = time.process_time()
    checker.check(points)
    seconds = time.process_time() - start
    if len(checker.checked.points) != len(points):
        raise AssertionError(f"{len(checker.checked.points)} of {len(points)} points")
    return len(points) / seconds


def _sweep(space: Sequence[str], folder: str | None = None) -> tuple[float, int, float]:
    """What `_measured` says of a sweep in `folder`, or in one that goes."""
    if folder is not None:
        return _measured("sweep", CONFIG, *space, "--quiet", "--out", folder)
    with tempfile.TemporaryDirectory() as passing:
        return _sweep(space, passing)


def _measured(*arguments: str) -> tuple[float, int, float]:
    """Wall seconds, peak bytes and seconds of CPU outside the kernel, of a whole command."""
    command = [sys.executable, "-m", "unetgen", *arguments]
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=Path(__file__).parent.parent, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if status:
        raise RuntimeError(f"{command} ended with {status}")
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return seconds, peak, usage.ru_utime
