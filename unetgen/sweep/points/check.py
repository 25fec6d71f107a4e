"""Points before launch: each composed, validated, planned and costed, equal ones counted once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from unetgen.config.composing.overrides import cut
from unetgen.errors import ConfigError, UnetgenError
from unetgen.model.lock import Subject
from unetgen.sweep.folder.finished import Finished
from unetgen.sweep.folder.identity import Identity
from unetgen.sweep.folder.records import Point
from unetgen.sweep.points.axes_file import Axes
from unetgen.sweep.points.budget import Budget
from unetgen.sweep.points.candidates import Candidates
from unetgen.sweep.points.subjects import Subjects

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

    @property
    def name(self) -> str:
        """Its overrides, as people are shown them."""
        return " ".join(map(cut, self.overrides)) or "the config as it stands"

    def __str__(self) -> str:
        return "\n".join([f"{self.name}: {self.because}", *(f"  {reason}" for reason in self.reasons)])


@dataclass
class CheckedPoints:
    """The points of a sweep as they are found: by digest, in order of appearance, and those left out."""

    points: dict[str, Point] = field(default_factory=dict)
    subjects: Subjects = field(default_factory=Subjects)
    """What the lock of each point is of, by digest; not of those that a folder holds already."""
    files: dict[str, Mapping[str, str]] = field(default_factory=dict)
    """The texts that each point's folder has beside its config, by digest."""
    left_out: list[LeftOut] = field(default_factory=list)
    digests: dict[Overrides, str] = field(default_factory=dict)

    @property
    def invalid(self) -> list[LeftOut]:
        return [point for point in self.left_out if point.because == "invalid"]

    def refuse_invalid(self) -> None:
        """Raise `UnetgenError` with all invalid points, if there are any."""
        if self.invalid:
            said = "\n".join(_told_once(self.invalid))
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
    """Checks the candidates of a sweep; the result is in `checked`, where no plan is kept.

    The points that are `finished` were checked when they were written: they are only composed here. What is
    wrong is told at its place in the file of `axes`, if it comes from there.
    """

    def __init__(
        self,
        candidates: Candidates,
        budget: Budget = Budget(),  # noqa: B008
        finished: Finished | None = None,
        axes: Axes = Axes(),  # noqa: B008
    ) -> None:
        self.checked = CheckedPoints()
        self._candidates = candidates
        self._budget = budget
        self._axes = axes
        self._finished = finished if finished and finished.any else None
        self._seen: set[Overrides] = set()

    def check(self, batch: Iterable[Overrides], tell: Callable[[], object] = lambda: None) -> None:
        """Check those of `batch` that were not yet; `tell` is called after each."""
        for overrides in batch:
            if overrides not in self._seen:
                self._seen.add(overrides)
                self._check(overrides)
            tell()

    def subject_of(self, digest: str) -> Subject:
        """What the lock of a point is of. One that was finished is checked now: its result has gone since."""
        if digest not in self.checked.subjects:
            found = self._candidates.at(self.checked.points[digest].overrides)
            self.checked.subjects[digest] = Subject.of(found.summary)
        return self.checked.subjects[digest]

    def _check(self, overrides: Overrides) -> None:
        if known := self._finished_at(overrides):
            self._take(overrides, *known)
            return
        try:
            found = self._candidates.at(overrides)
        except ConfigError as error:
            reasons = tuple(map(str, self._axes.located(error.problems, overrides)))
            self.checked.left_out.append(LeftOut(overrides, "invalid", reasons))
            return
        digest, summary = found.identity.digest, found.summary
        point = Point(digest, summary.fingerprint, summary.name, overrides, found.cost)
        if self._take(overrides, found.identity, point):
            self.checked.subjects[digest] = Subject.of(summary)
            self.checked.files[digest] = found.files

    def _finished_at(self, overrides: Overrides) -> tuple[Identity, Point] | None:
        """The point in the folder that these overrides come to, if its cost can be taken from there."""
        if self._finished is None:
            return None
        try:
            identity = self._candidates.identity(overrides)
        except ConfigError:  # which the whole check tells in full
            return None
        point = self._finished.at(identity.digest) if identity else None
        return (identity, point) if identity and point and self._budget.can_judge(point.cost) else None

    def _take(self, overrides: Overrides, identity: Identity, point: Point) -> bool:
        """Count what these overrides come to; whether it is a point that was not there yet."""
        digest = point.digest
        if known := self.checked.points.get(digest):
            self.checked.points[digest] = replace(known, also=(*known.also, overrides))
            self.checked.digests[overrides] = digest
            return False
        if over := self._budget.exceeded(point.cost):
            self.checked.left_out.append(LeftOut(overrides, "over budget", over))
            return False
        self.checked.points[digest] = Point(
            digest,
            point.fingerprint,
            point.name,
            overrides,
            point.cost,
            number=len(self.checked.points),
            asked=identity.asked,
            contents=identity.contents,
            parameters=identity.parameters,
        )
        self.checked.digests[overrides] = digest
        return True


_NAMED = 3
"""Points of one problem that are named."""


def _told_once(invalid: Iterable[LeftOut]) -> Iterable[str]:
    """Each problem once, below the points that have it; data that no point can learn from has many points."""
    having: dict[str, dict[str, None]] = defaultdict(dict)
    for point in invalid:
        for reason in point.reasons:
            having[reason][point.name] = None
    reasons: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for reason, points in having.items():
        reasons[tuple(points)].append(reason)
    for names, told in reasons.items():
        more = len(names) - _NAMED
        named = ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
        yield "\n".join([f"{named}: invalid", *(f"  {reason}" for reason in told)])
