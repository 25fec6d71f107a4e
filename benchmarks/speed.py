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
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from benchmarks import comparisons
from benchmarks.comparisons import (
    CHEAP,
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
from benchmarks.rows import Row, progress
from benchmarks.sides.makers import MAKERS
from unetgen.measuring.machine import gpu
from unetgen.measuring.process import Worker
from unetgen.measuring.side import SideJob, TimedSide, What
from unetgen.measuring.turns import Timed, Workers, make, take_turns
from unetgen.model.running import largest_difference

CASES = (*COMPARISONS, "memory", "gpu")
BACKENDS = ("jax", "torch")
LOSSES, LOSS_TOLERANCE = 20, 1e-4
PEAKS = 2
"""Times that a peak of memory is measured: it is not a timing, and varies by a percent."""
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
        workers = shared(stack)
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


def shared(stack: ExitStack, place: Place | None = None) -> Workers:
    """The processes of a comparison: Keras has one, PyTorch another, and so has each other runtime."""
    return Workers(stack, MAKERS, place.environment if place else {}, _process_of)


def _process_of(side: TimedSide) -> str:
    return {"torch": "torch", "runtime": side.network.partition(",")[0]}.get(side.maker, "keras")


def compared(
    comparison: Comparison,
    workers: Workers,
    repeats: int,
    is_tiny: bool = False,
    place: Place = Place(),
) -> list[Row]:
    """The tables of one network: ratios, outputs and losses."""
    found: list[Row] = []
    size = "tiny" if is_tiny else comparison.size
    overrides = comparison.overrides + (comparison.tiny if is_tiny else ())
    for what in comparison.whats:
        theirs = [side for side in comparison.theirs if what in side.whats]
        sides = (*theirs, *(ours(what, precision) for precision in PRECISIONS))
        title = ", ".join(filter(None, (comparison.shown, size, place.title, what)))
        progress(f"  {title}")
        jobs = [SideJob(side, what, comparison.config, overrides, place.device) for side in sides]
        reference = comparison.same_losses if what == "training" else None
        timed = measured(jobs, workers, repeats, reference)
        found += _ratios(comparison.limits, what, title, timed)
        if what == "inference":
            found += _differences(title, timed, comparison.tolerances)
        elif reference:
            found.append(_losses(title, timed, reference))
    return found


def measured(
    jobs: Sequence[SideJob], workers: Workers, repeats: int, same_losses: str | None = None
) -> dict[str, Timed]:
    """Seconds of every side, one after the other in each repeat; two sides go on to 20 losses."""
    for worker in workers.started.values():
        worker.forget()
    timed = {job.side.name: make(job, workers) for job in jobs}
    take_turns(list(timed.values()), workers, repeats)
    for one in timed.values():
        if one.failed:
            raise RuntimeError(f"{one.job.name}: {one.failed}")
        if one.is_there and same_losses and one.side.name in (same_losses, "unetgen, float32"):
            more = range(LOSSES - len(one.losses))
            one.losses += [workers.of(one.side).step(one.job.name)["loss"] for _ in more]
    return timed


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
        value = largest_difference(first.outputs, one.outputs)
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
        low = TimedSide(
            low.name, "config", precision="bfloat16", overrides=(*low.overrides, f"execution.optimize={what}")
        )
    mine = ours(what, "float32")
    if what == "training":
        mine = replace(mine, overrides=(*mine.overrides, CHEAP))
    sides = (next(side for side in comparison.theirs if side.name == TWIN), mine, low)
    overrides = comparison.tiny if is_tiny else ()
    title = f"article, {'tiny' if is_tiny else '4x160x160x16'}, {what}"
    held: list[tuple[int, ...]] = []
    seconds: list[tuple[float, ...]] = []
    for _ in range(repeats):
        progress(f"  peak memory: {title}")
        answers = [_fresh(SideJob(side, what, comparison.config, overrides)) for side in sides]
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


def _fresh(job: SideJob) -> tuple[int, float]:
    """Peak bytes of the first step and seconds of the second one, in a process of its own."""
    with Worker(MAKERS) as worker:
        peak = worker.make(job)["peak_bytes"]
        return int(peak), float(worker.step(job.name)["seconds"])


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
                found += compared(comparison, shared(stack, place), repeats, is_tiny, place)
    return found
