"""What `unetgen sweep` says at its end: the table of its points, what went wrong, and its exit code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from unetgen.sweep.folder.files import SweepFolder
from unetgen.sweep.folder.history import PointNotRun, Runs
from unetgen.sweep.folder.superseding import Superseding, stale_line
from unetgen.sweep.points.check import CheckedPoints
from unetgen.sweep.results.formats.json import as_data
from unetgen.sweep.results.formats.terminal import terminal
from unetgen.sweep.results.point_data import described
from unetgen.sweep.results.table import Table
from unetgen.sweep.running.sweep import Outcome, Request


@dataclass(frozen=True)
class Report:
    """A table, made when it is asked for, with the notes that belong to it."""

    table: Callable[[], Table]
    runs: Runs
    exit_code: int = 0
    notes: tuple[str, ...] = ()

    def text(self, width: int) -> str:
        """The report for people, in lines of at most `width` characters where the table can be cut."""
        return "\n".join([terminal(self.table(), self.runs, width), *self.notes])

    def data(self) -> dict[str, Any]:
        """The report for programs."""
        return {**as_data(self.table(), self.runs), "notes": list(self.notes)}


def of_check(request: Request, checked: CheckedPoints) -> Report:
    """The points that a sweep would have, with the results that are there already.

    The exit code is the sweep's own where invalid points would stop it.
    """
    folder = SweepFolder(request.folder)

    def table() -> Table:
        points = checked.points.values()
        return Table.of_points(described(point, folder.at(point.digest).result()) for point in points)

    if checked.invalid and not request.skip_invalid:
        notes = (*_repeated(checked), f"nothing was run: {checked.invalid_line('none would run')}")
        return Report(table, _runs(request, checked), 2, notes)
    left = len(folder.unfinished(checked.points))
    finished = len(checked.points) - left
    note = f"nothing was run: {left:,} would run" + (f", {finished:,} are finished" if finished else "")
    stale = _stale(Superseding(folder).outdated(checked.points.values()))
    return Report(table, _runs(request, checked), notes=(*_repeated(checked), *stale, note))


def of_sweep(request: Request, outcome: Outcome) -> Report:
    """The points that a sweep ran or found finished."""
    checked, folder = outcome.checked, SweepFolder(request.folder)
    notes = [*dict.fromkeys(map(_first_line, outcome.lost))]
    unfinished = folder.unfinished(checked.points)
    if unfinished:
        notes.append("the same command again runs what is failed or missing")
    return Report(
        lambda: Table.of(folder, checked.points.keys()),
        _runs(request, checked),
        int(bool(unfinished or outcome.lost)),
        (*_repeated(checked), *_stale(outcome.outdated), *notes),
    )


def _runs(request: Request, checked: CheckedPoints) -> Runs:
    left_out = tuple(PointNotRun(point.overrides, point.reason) for point in checked.left_out)
    return Runs(request.task, (request.config,), left_out)


def _repeated(checked: CheckedPoints) -> tuple[str, ...]:
    if not checked.repeated:
        return ()
    one = "gives" if checked.repeated == 1 else "give"
    return (f"{checked.repeated} more {one} the same config as another, which stands for them",)


def _stale(outdated: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return (stale_line(outdated),) if outdated else ()


def _first_line(text: str) -> str:
    return next((line for line in text.splitlines() if line.strip()), text)
