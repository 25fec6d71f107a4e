"""Sides made one after the other, and timed by turns: a machine that slows down does so for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from unetgen.measuring.process import MissingError, SideError, Worker
from unetgen.measuring.side import MAKERS, Array, SideJob, TimedSide

FEWEST = 3
"""Turns that a side takes however slow it is."""


@dataclass
class Timed:
    """What was measured of one job."""

    job: SideJob
    seconds: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    outputs: list[Array] | None = None
    peak_bytes: int = 0
    notes: dict[str, object] = field(default_factory=dict)
    skipped: str = ""
    """The package that is missing, in words."""
    failed: str = ""
    """Why it could not be made or called; the first line says all, the others are of its log."""
    spent: float = 0.0
    """Seconds that its turns took."""

    @property
    def side(self) -> TimedSide:
        return self.job.side

    @property
    def is_there(self) -> bool:
        """Whether it can be called."""
        return not self.skipped and not self.failed


@dataclass
class Workers:
    """The processes, each started when it is needed first and ended with `stack`.

    Sides of the same process by `process_of` share one; threads of several frameworks disturb each other.
    """

    stack: ExitStack
    makers: Mapping[str, str] = field(default_factory=lambda: MAKERS)
    environment: Mapping[str, str] = field(default_factory=dict)
    process_of: Callable[[TimedSide], str] = lambda side: side.name
    started: dict[str, Worker] = field(default_factory=dict)

    def of(self, side: TimedSide) -> Worker:
        """The process of `side`."""
        name = self.process_of(side)
        if name not in self.started:
            self.started[name] = self.stack.enter_context(Worker(self.makers, self.environment))
        return self.started[name]


def make(job: SideJob, workers: Workers, limit: float | None = None) -> Timed:
    """`job` ready to take its turns, its first step done; or why it is not there."""
    one, worker = Timed(job), workers.of(job.side)
    try:
        answer = worker.make(job, limit)
        one.notes = {**answer["notes"], "first_seconds": answer["first_seconds"]}
        one.peak_bytes = int(answer["peak_bytes"])
        one.losses.append(answer["loss"])
        if job.what == "inference":
            one.outputs = worker.outputs(job.name, limit)
    except MissingError as error:
        one.skipped = str(error)
    except SideError as error:
        one.failed = str(error)
    return one


def take_turns(
    made: Sequence[Timed],
    workers: Workers,
    repeats: int,
    seconds: float = 0.0,
    limit: float = float("inf"),
    patience: float | None = None,
    began: Callable[[int], object] = lambda _: None,
) -> None:
    """Let each that is there take `repeats` turns of one call, or of as many as last for `seconds`.

    One whose turns have taken more than `limit` seconds takes no more of them after the first few; one whose
    call takes more than `patience` seconds has failed. `began` is told the number of each turn.
    """
    for one in _by_turns(made, workers, repeats, limit, began):
        try:
            answer = workers.of(one.side).step(one.job.name, seconds, patience)
        except SideError as error:
            one.failed = str(error)
            continue
        one.seconds.append(answer["seconds"])
        one.losses.append(answer["loss"])
        one.spent += answer["seconds"] * answer["calls"]


def _by_turns(
    made: Sequence[Timed], workers: Workers, repeats: int, limit: float, began: Callable[[int], object]
) -> Iterator[Timed]:
    before: Worker | None = None
    for turn in range(repeats):
        began(turn)
        for one in made:
            if not one.is_there or (turn >= FEWEST and one.spent > limit):
                continue
            worker = workers.of(one.side)
            if before is not None and before is not worker:
                before.settle()
            before = worker
            yield one
