"""Points before launch: each composed, validated, planned and costed, equal ones counted once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from unetgen.analysis.summary import Summary
from unetgen.config.composing.overrides import cut
from unetgen.config.loader import Reader
from unetgen.errors import ConfigError, UnetgenError
from unetgen.model.lock import Subject
from unetgen.sweep.folder.records import Point
from unetgen.sweep.points.budget import Budget
from unetgen.sweep.points.costs import cost_of

Overrides = tuple[str, ...]


@dataclass(frozen=True)
class LeftOut:
    """A point that is not run, and every reason why."""

    overrides: Overrides
    because: Literal["invalid", "over budget"]
    reasons: tuple[str, ...]

    @property
    def reason(self) -> str:
        """All of it in one line."""
        return f"{self.because}: {'; '.join(self.reasons)}"

    def __str__(self) -> str:
        point = " ".join(map(cut, self.overrides)) or "the config as it stands"
        return "\n".join([f"{point}: {self.because}", *(f"  {reason}" for reason in self.reasons)])


@dataclass
class CheckedPoints:
    """The points of a sweep as they are found: by digest, in order of appearance, and those left out."""

    points: dict[str, Point] = field(default_factory=dict)
    subjects: dict[str, Subject] = field(default_factory=dict)
    """What the lock of each point is of, by digest."""
    left_out: list[LeftOut] = field(default_factory=list)
    digests: dict[Overrides, str] = field(default_factory=dict)

    @property
    def invalid(self) -> list[LeftOut]:
        return [point for point in self.left_out if point.because == "invalid"]

    def refuse_invalid(self) -> None:
        """Raise `UnetgenError` with all invalid points, if there are any."""
        if self.invalid:
            said = "\n".join(map(str, self.invalid))
            raise UnetgenError(f"{said}\n{self.invalid_line('none was run')}")

    def invalid_line(self, outcome: str) -> str:
        """How many points are invalid, what comes of it, and what to do."""
        count, of = len(self.invalid), len(self.digests) + len(self.left_out)
        are = "is" if count == 1 else "are"
        return f"{count} of {of} points {are} invalid, {outcome}; --on-invalid skip leaves such points out"

    @property
    def repeated(self) -> int:
        """How many points give the config of another one."""
        return sum(len(point.also) for point in self.points.values())


class Checker:
    """Checks points of one config; the result is in `checked`, where no plan is kept."""

    def __init__(self, reader: Reader, budget: Budget = Budget(), batch: int = 1) -> None:  # noqa: B008
        self.checked = CheckedPoints()
        self._reader = reader
        self._budget = budget
        self._batch = batch
        self._seen: set[Overrides] = set()

    def check(self, batch: Iterable[Overrides], tell: Callable[[], object] = lambda: None) -> None:
        """Check those of `batch` that were not yet; `tell` is called after each."""
        for overrides in batch:
            if overrides not in self._seen:
                self._seen.add(overrides)
                self._check(overrides)
            tell()

    def _check(self, overrides: Overrides) -> None:
        try:
            summary = Summary(self._reader.design(overrides), self._batch)
        except ConfigError as error:
            reasons = tuple(str(problem) for problem in error.problems)
            self.checked.left_out.append(LeftOut(overrides, "invalid", reasons))
            return
        digest = summary.digest
        if known := self.checked.points.get(digest):
            self.checked.points[digest] = replace(known, also=(*known.also, overrides))
            self.checked.digests[overrides] = digest
            return
        cost = cost_of(summary)
        if reasons := self._budget.exceeded(cost):
            self.checked.left_out.append(LeftOut(overrides, "over budget", reasons))
            return
        number = len(self.checked.points)
        point = Point(digest, summary.fingerprint, summary.name, overrides, cost, number)
        self.checked.points[digest] = point
        self.checked.subjects[digest] = Subject.of(summary)
        self.checked.digests[overrides] = digest
