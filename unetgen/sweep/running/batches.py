"""From a sweeper's batch to results: checked, counted once, those that are finished left alone, launched."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NoReturn

from hydra.core.utils import JobReturn, JobStatus

from unetgen.errors import UnetgenError
from unetgen.sweep.folder.files import SweepFolder
from unetgen.sweep.folder.records import Point, Result
from unetgen.sweep.folder.superseding import stale_line
from unetgen.sweep.folder.writer import PointWriter
from unetgen.sweep.points.check import Checker, Overrides
from unetgen.sweep.points.space import Space
from unetgen.sweep.running.multirun import Launch
from unetgen.sweep.running.progress import Progress
from unetgen.sweep.values import Value


class PointFailedError(UnetgenError):
    """What a sweeper that asks for the objective of a point without one is told."""


class Batches:
    """Answers a sweeper's batches. `launcher` is Hydra's, or None where the check has all results."""

    def __init__(
        self,
        folder: SweepFolder,
        space: Space,
        checker: Checker,
        writer: PointWriter,
        launcher: Launch | None,
        objectives: Sequence[str] = (),
        skip_invalid: bool = False,
    ) -> None:
        self.lost: list[str] = []
        """What launchers raised: their points have no result."""
        self.has_answered = False
        self.outdated: dict[str, tuple[str, ...]] = {}
        """Points that others have taken the place of, by digest, with what has changed."""
        self._folder = folder
        self._space = space
        self._checker = checker
        self._writer = writer
        self._launcher = launcher
        self._objectives = objectives
        self._skip_invalid = skip_invalid
        self.progress = Progress.silent()

    @property
    def unfinished(self) -> int:
        """How many of the points that were found so far have no good result."""
        checked = self._checker.checked
        return len(self._folder.unfinished(each for each in checked.points if each in checked.subjects))

    def launch(self, batch: Sequence[Sequence[str]], first: int) -> Sequence[JobReturn]:
        """Hydra's answers for a batch, in order: nothing for a grid, for a search each point's objectives."""
        points = [self._space.point(chosen) for chosen in batch]
        self._checker.check(points)
        checked = self._checker.checked
        if not self._skip_invalid:
            checked.refuse_invalid()
        digests = dict.fromkeys(digest for digest in map(checked.digests.get, points) if digest)
        self._settle([checked.points[digest] for digest in digests])
        pending = self._folder.unfinished(digests)
        if self._launcher is None:
            self._write_costs(pending)
        elif pending:
            for digest in pending:
                files = checked.files.get(digest, {})
                self._writer.write(checked.points[digest], self._checker.subject_of(digest), files=files)
                self._folder.at(digest).forget_result()
            with self.progress.watching([self._folder.at(digest) for digest in pending]):
                self._launch(pending, first)
        if self._objectives:  # a search counts its trials, those that need no job too
            self.progress.advance(len(points) - len(pending), 0)
        self.has_answered = True
        return [self._answer(overrides) for overrides in points]

    def _settle(self, points: Sequence[Point]) -> None:
        """Mark what these points take the place of; that is told before anything is run."""
        self.outdated |= self._writer.known.outdated(points)
        if news := self._writer.known.settle(points):
            self.progress.note(stale_line(news))

    def _write_costs(self, digests: Sequence[str]) -> None:
        """Write points whose costs are their results; what stops it half-way, a full disk, is noted."""
        checked = self._checker.checked
        for place, digest in enumerate(digests):
            point = checked.points[digest]
            try:
                self._writer.write(point, self._checker.subject_of(digest), Result("ok", point.cost))
            except UnetgenError as error:
                if place == 0:
                    raise
                self.lost.append(str(error))
                return
            self.progress.advance(1, 0)

    def _launch(self, digests: Sequence[str], first: int) -> None:
        """Launch these points; what goes wrong around their tasks, which never raise here, is noted."""
        assert self._launcher is not None
        try:
            # In quotes: a digest without letters would be a number.
            returns = self._launcher([[f"point='{digest}'"] for digest in digests], first)
            errors = [ret._return_value for ret in returns if ret.status == JobStatus.FAILED]
        except Exception as error:
            errors = [error]
        self.lost += [f"the launcher said: {type(error).__name__}: {error}" for error in errors]

    def _answer(self, overrides: Overrides) -> JobReturn:
        if not self._objectives:
            return _returned(None)
        try:
            values = [objective(self._values(overrides), name) for name in self._objectives]
        except PointFailedError as error:
            return _Failed(str(error))
        return _returned(values if len(values) > 1 else values[0])

    def _values(self, overrides: Overrides) -> Mapping[str, Value]:
        """The costs and the values of a point; raises `PointFailedError` where it has none."""
        checked = self._checker.checked
        digest = checked.digests.get(overrides)
        if digest is None:
            raise PointFailedError(str(next(p for p in checked.left_out if p.overrides == overrides)))
        result = self._folder.at(digest).result()
        if result is None:
            raise PointFailedError("no result")
        if result.failure is not None:
            raise PointFailedError(result.failure.line())
        return {**checked.points[digest].cost, **result.values}


def objective(values: Mapping[str, Value], name: str) -> float:
    """The value of a point that a search goes by; `PointFailedError` where it is not a finite number."""
    value = values.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        given = "is not among its values" if name not in values else f"is not a finite number (got {value!r})"
        raise PointFailedError(f"{name} {given}")
    return value


def _returned(value: object) -> JobReturn:
    returned = JobReturn(status=JobStatus.COMPLETED)
    returned.return_value = value
    return returned


class _Failed(JobReturn):
    """The answer for a point without objectives: asked for them, it raises, and says nothing by itself."""

    def __init__(self, reason: str) -> None:
        super().__init__(status=JobStatus.FAILED)
        self._reason = reason

    @property  # type: ignore[misc]
    def return_value(self) -> NoReturn:
        raise PointFailedError(self._reason)
