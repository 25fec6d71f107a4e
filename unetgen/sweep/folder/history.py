"""What ran in the folder of a sweep: its task, its configs, the points left out before launch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from unetgen.sweep.folder.files import SweepFolder
from unetgen.sweep.folder.records import STATUSES

Overrides = tuple[str, ...]


@dataclass(frozen=True)
class PointNotRun:
    """A point that was not run, and why."""

    overrides: Overrides
    reason: str


@dataclass(frozen=True)
class Runs:
    """The runs of a folder taken together, in the order in which they ran."""

    task: str | None = None
    configs: tuple[str, ...] = ()
    left_out: tuple[PointNotRun, ...] = ()

    @classmethod
    def of(cls, folder: SweepFolder) -> Runs:
        """What the folder's ``sweep.json`` says; nothing where there is none.

        A point that one run left out and another one ran is not left out. Raises `UnetgenError` where the
        file does not say what it should.
        """
        about = folder.about()
        if about is None:
            return cls()
        runs, task = about["runs"], about["task"]["name"]
        left_out = {tuple(point["overrides"]): point["reason"] for run in runs for point in run["left_out"]}
        configs = tuple(dict.fromkeys(run["config"] for run in runs))
        for overrides in _ran(folder, left_out):
            del left_out[overrides]
        return cls(task, configs, tuple(PointNotRun(*point) for point in left_out.items()))


def _ran(folder: SweepFolder, asked: Collection[Overrides]) -> list[Overrides]:
    """Which of the overrides in `asked` some point has."""
    if not asked:
        return []
    points = (point.point() for point in folder.points())
    ran = {overrides for point in points for overrides in (point.overrides, *point.also)}
    return [overrides for overrides in asked if overrides in ran]


def counts(statuses: Collection[str]) -> str:
    """How many points there are of each status, in words.

    >>> counts(["ok", "failed", "ok"]), counts(["ok"])
    ('3 points: 2 ok, 1 failed', '1 point: 1 ok')
    """
    by_status = Counter(statuses)
    parts = [f"{by_status[status]:,} {status}" for status in STATUSES if by_status[status]]
    points = f"{len(statuses):,} point{'' if len(statuses) == 1 else 's'}"
    return f"{points}: {', '.join(parts)}" if parts else points
