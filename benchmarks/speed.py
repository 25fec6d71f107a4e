"""The fastest networks that configs give, against the same networks by hand and by other packages.

Every side has equal weights and the same batch of one, and its outputs are compared first. Keras models are
called alike, by ``predict_on_batch`` and ``train_on_batch``; PyTorch runs eagerly, in the faster of its
memory formats. Calls alternate between all sides in each repeat, so that drift meets all of them; PyTorch
has a process of its own, since its threads and TensorFlow's disturb each other. Each ratio is theirs / ours,
above 1 where ours is faster; the spread is from the smallest to the largest. Peaks of memory are of making
the model and its first step, each in a fresh process. What is not installed is skipped, and so is the GPU
where there is none.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

import numpy as np

from benchmarks import comparisons
from benchmarks.comparisons import (
    COMPARISONS,
    GPU,
    LOW_MEMORY,
    NOT_SLOWER,
    PRECISIONS,
    TWIN,
    Comparison,
    Limits,
    ours,
)
from benchmarks.machine import gpu
from benchmarks.rows import Row, progress
from benchmarks.sides.side import Array, Job, Side, What
from benchmarks.sides.worker import MissingError, Worker

CASES = (*COMPARISONS, "memory", "gpu")
BACKENDS = ("jax", "torch")
LOSSES, LOSS_TOLERANCE = 20, 1e-4
PEAKS = 2
"""Times that a peak of memory is measured: it is not a timing, and varies by a percent."""
SECONDS_TO_SETTLE = 0.3
"""Threads of OpenMP go on spinning for 0.2 s after their last work; the other process would feel it."""
ANY = (0.0, float("inf"))
OWN = {ours("inference", precision).name for precision in PRECISIONS}


def rows(
    repeats: int,
    cases: Sequence[str] = CASES,
    is_tiny: bool = False,
    backends: Sequence[str] = BACKENDS,
) -> list[Row]:
    """The rows of all of `cases`."""
    found: list[Row] = []
    with ExitStack() as stack:
        workers = Workers(stack)
        for name, comparison in COMPARISONS.items():
            if name in cases:
                found += compared(comparison, workers, repeats, is_tiny)
    if "memory" in cases:
        for what in ("inference", "training"):
            found += peaks(what, min(repeats, PEAKS), is_tiny)
    if "gpu" in cases:
        found += on_gpu(repeats, is_tiny, backends)
    return found


@dataclass(frozen=True)
class Place:
    """Where sides compute: PyTorch's name of the device, variables for the processes, and a title."""

    device: str = "cpu"
    environment: Mapping[str, str] = field(default_factory=dict)
    title: str = ""


@dataclass
class Workers:
    """The processes, each started when it is needed first and ended with `stack`."""

    stack: ExitStack
    place: Place = Place()
    started: dict[str, Worker] = field(default_factory=dict)

    def of(self, side: Side) -> Worker:
        """The process of `side`."""
        if side.process not in self.started:
            self.started[side.process] = self.stack.enter_context(Worker(self.place.environment))
        return self.started[side.process]


@dataclass
class Timed:
    """What was measured of one side."""

    side: Side
    seconds: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    outputs: Array | None = None
    notes: dict[str, object] = field(default_factory=dict)
    skipped: str = ""


def compared(comparison: Comparison, workers: Workers, repeats: int, is_tiny: bool = False) -> list[Row]:
    """The tables of one network: ratios, outputs and losses."""
    found: list[Row] = []
    size, place = "tiny" if is_tiny else comparison.size, workers.place
    overrides = comparison.overrides + (comparison.tiny if is_tiny else ())
    for what in comparison.whats:
        theirs = [side for side in comparison.theirs if what in side.whats]
        sides = (*theirs, *(ours(what, precision) for precision in PRECISIONS))
        title = ", ".join(filter(None, (comparison.shown, size, place.title, what)))
        progress(f"  {title}")
        jobs = [Job(side, what, comparison.config, overrides, place.device) for side in sides]
        reference = comparison.same_losses if what == "training" else None
        timed = measured(jobs, workers, repeats, reference)
        found += _ratios(comparison.limits, what, title, timed)
        if what == "inference":
            found += _differences(title, timed, comparison.tolerances)
        elif reference:
            found.append(_losses(title, timed, reference))
    return found


def measured(
    jobs: Sequence[Job], workers: Workers, repeats: int, same_losses: str | None = None
) -> dict[str, Timed]:
    """Seconds of every side, one after the other in each repeat; two sides go on to 20 losses."""
    timed = {job.side.name: Timed(job.side) for job in jobs}
    for worker in workers.started.values():
        worker.forget()
    for job in jobs:
        one, worker = timed[job.side.name], workers.of(job.side)
        try:
            one.notes = worker.make(job)
        except MissingError as error:
            one.skipped = str(error)
            continue
        one.losses.append(one.notes.pop("loss"))  # type: ignore[arg-type]
        if job.what == "inference":
            one.outputs = worker.outputs(job.side.name)
    present = [one for one in timed.values() if not one.skipped]
    for one in _by_turns(present, repeats):
        answer = workers.of(one.side).step(one.side.name)
        one.seconds.append(answer["seconds"])
        one.losses.append(answer["loss"])
    for one in present:
        if same_losses and one.side.name in (same_losses, "unetgen, float32"):
            more = range(LOSSES - len(one.losses))
            one.losses += [workers.of(one.side).step(one.side.name)["loss"] for _ in more]
    return timed


def _by_turns(present: Sequence[Timed], repeats: int) -> Iterator[Timed]:
    before = None
    for _ in range(repeats):
        for one in present:
            if before not in (None, one.side.process):
                time.sleep(SECONDS_TO_SETTLE)
            before = one.side.process
            yield one


def _ratios(limits: Limits, what: What, title: str, timed: Mapping[str, Timed]) -> Iterator[Row]:
    for precision in PRECISIONS:
        mine = timed[f"unetgen, {precision}"]
        for theirs in timed.values():
            side, name = theirs.side, f"{title}, {precision}: {theirs.side.name} / ours"
            if side.name in OWN or precision == "float32" != side.precision:
                continue
            if why := theirs.skipped or mine.skipped:
                yield Row(name, "seconds / seconds", (), ANY, skipped=why)
                continue
            values = tuple(a / b for a, b in zip(theirs.seconds, mine.seconds, strict=True))
            detail: dict[str, object] = {
                "seconds": mine.seconds,
                "theirs_seconds": theirs.seconds,
                "notes": theirs.notes,
            }
            limit = limits.get((what, precision), {}).get(side.name, 0.0)
            if limit == NOT_SLOWER:
                detail["noise"] = noise(values)
                limit -= noise(values)
            yield Row(name, "seconds / seconds", values, (limit, float("inf")), detail)


def noise(values: Sequence[float]) -> float:
    """How far the values lie from their median: the median of the distances."""
    middle = statistics.median(values)
    return statistics.median(abs(value - middle) for value in values)


def _differences(title: str, timed: Mapping[str, Timed], tolerances: Mapping[str, float]) -> Iterator[Row]:
    """Outputs against the first side's that is there."""
    first, *others = [one for one in timed.values() if one.outputs is not None]
    assert first.outputs is not None
    for one in others:
        assert one.outputs is not None
        value = float(np.abs(one.outputs - first.outputs).max() / np.abs(first.outputs).max())
        name = f"{title}: outputs, {one.side.name} - {first.side.name}"
        yield Row(name, "difference / largest", (value,), (0, tolerances[one.side.precision]))


def _losses(title: str, timed: Mapping[str, Timed], reference: str) -> Row:
    """Losses of ours in float32 against those of the network that is not rewritten."""
    name, ratio = f"{title}: {LOSSES} losses, ours - {reference}", "largest difference / loss"
    theirs, mine = timed[reference], timed["unetgen, float32"]
    if why := theirs.skipped or mine.skipped:
        return Row(name, ratio, (), ANY, skipped=why)
    pairs = list(zip(mine.losses, theirs.losses, strict=True))[:LOSSES]
    value = max(abs(a - b) / abs(b) for a, b in pairs)
    detail = {"losses": mine.losses, "their_losses": theirs.losses}
    return Row(name, ratio, (value,), (0, LOSS_TOLERANCE), detail)


def peaks(what: What, repeats: int, is_tiny: bool = False) -> list[Row]:
    """Peak memory over that of the article's network by hand, channels last, at full size, and its time."""
    comparison = COMPARISONS["article"]
    low = LOW_MEMORY
    if what == "inference":
        low = Side(
            low.name, "config", precision="bfloat16", overrides=(*low.overrides, f"execution.optimize={what}")
        )
    sides = (next(side for side in comparison.theirs if side.name == TWIN), ours(what, "float32"), low)
    overrides = comparison.tiny if is_tiny else ()
    title = f"article, {'tiny' if is_tiny else '4x160x160x16'}, {what}"
    held: list[tuple[int, ...]] = []
    seconds: list[tuple[float, ...]] = []
    for _ in range(repeats):
        progress(f"  peak memory: {title}")
        answers = [_fresh(Job(side, what, comparison.config, overrides)) for side in sides]
        held.append(tuple(peak for peak, _ in answers))
        seconds.append(tuple(time for _, time in answers))
    limits = (comparisons.MEMORY_LIMITS[what], comparisons.LOW_MEMORY_LIMIT)
    found = []
    for index, (side, limit) in enumerate(zip(sides[1:], limits, strict=True), start=1):
        ratios = tuple(each[index] / each[0] for each in held)
        detail = {"bytes": [each[index] for each in held], "their_bytes": [each[0] for each in held]}
        found.append(Row(f"{title}: peak, {side.name} / {TWIN}", "bytes / bytes", ratios, (0, limit), detail))
    times = tuple(each[-1] / each[0] for each in seconds)
    detail_of_time = {"seconds": [s[-1] for s in seconds], "theirs_seconds": [s[0] for s in seconds]}
    name = f"{title}: time, {low.name} / {TWIN}"
    return [*found, Row(name, "seconds / seconds", times, (0, 1.0), detail_of_time)]


def _fresh(job: Job) -> tuple[int, float]:
    """Peak bytes of the first step and seconds of the second one, in a process of its own."""
    with Worker() as worker:
        peak = worker.make(job)["peak_bytes"]
        return int(peak), float(worker.step(job.side.name)["seconds"])


def on_gpu(repeats: int, is_tiny: bool, backends: Sequence[str]) -> list[Row]:
    """Networks under Keras's other backends, on the GPU; float32 is what each makes of it."""
    found: list[Row] = []
    for backend in backends:
        place = Place("cuda", {"KERAS_BACKEND": backend}, f"GPU, Keras on {backend}")
        if gpu() is None:
            found.append(Row(place.title, "seconds / seconds", (), ANY, skipped="no GPU"))
            continue
        for comparison in GPU.values():
            with ExitStack() as stack:
                found += compared(comparison, Workers(stack, place), repeats, is_tiny)
    return found
