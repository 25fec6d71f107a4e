"""From a config to the times of every way to run it: written, made, and called by turns."""

from __future__ import annotations

import math
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from unetgen.analysis.summary import Summary
from unetgen.config.execution import cpu
from unetgen.emit.text.tables import bytes_text
from unetgen.files import publishing
from unetgen.installed import require_backend
from unetgen.measuring.machine import free_memory, machine
from unetgen.measuring.measurement import STRANGE, MeasuredNetwork, Measurement, Spread, WayResult
from unetgen.measuring.runtimes import HALF, PLAIN, WAYS, missing
from unetgen.measuring.side import SideJob, TimedSide, What
from unetgen.measuring.sides.matmul import MACS
from unetgen.measuring.sides.torch_training import CounterpartError, require_counterparts
from unetgen.measuring.turns import Timed, Workers, make, take_turns
from unetgen.measuring.writing import SOURCE, keep_weights, write_files, write_source
from unetgen.model.running import largest_difference

if TYPE_CHECKING:
    from unetgen.config.design import Design

ON_THE_CPU = {"CUDA_VISIBLE_DEVICES": "-1"}
"""What is compared is this machine's CPU: the other runtimes' files are for one."""
MATMUL = "matmul"
AT_ONCE = 2
"""Sides that are made meanwhile: importing and tracing take one core, and no time of it is told."""
ROOM = 3
"""Further processes are started while so many times the largest peak so far is free."""
Progress = Callable[[str], None]


@dataclass(frozen=True)
class MeasureRequest:
    """What to measure: `ways` in the order of the tables, `repeats` turns of `seconds` at least each.

    `limit` is the time, in seconds, that all turns of a side may take, after three; `patience` what making it
    may take, or one call.
    """

    config: str
    overrides: tuple[str, ...]
    design: Design
    model: Path | None = None
    whats: tuple[What, ...] = ("inference", "training")
    ways: tuple[str, ...] = tuple(WAYS)
    batch: int = 1
    repeats: int = 7
    seconds: float = 0.05
    limit: float = 300.0
    patience: float = 300.0
    out: Path | None = None


def measure(request: MeasureRequest, progress: Progress) -> Measurement:
    """Measure everything that `request` names; what cannot be measured is a result that says why.

    Raises `UnetgenError` where a trained model is not that of its config, Keras is not installed, or
    `out` cannot be written.
    """
    require_backend()
    results: list[WayResult] = []
    matmul: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="unetgen-measure-") as temporary:
        folder = Path(temporary)
        if request.model is not None:
            progress(f"reading {request.model}")
            keep_weights(request.model, request.config, folder, request.patience)
        for what in request.whats:
            made = _measured(request, what, folder, progress)
            results += made.results
            for precision, seconds in made.matmul.items():
                matmul.setdefault(precision, []).extend(seconds)
        if request.out is not None:
            _keep(folder, request.out)
    spreads = {precision: Spread(tuple(seconds)) for precision, seconds in matmul.items() if seconds}
    return Measurement(_subject(request), machine(), tuple(results), spreads, MACS, request.repeats)


@dataclass(frozen=True)
class _Part:
    """What came of inference or training."""

    results: list[WayResult]
    matmul: Mapping[str, list[float]]


def _measured(request: MeasureRequest, what: What, folder: Path, progress: Progress) -> _Part:
    jobs = {name: _job(request, name, what, folder) for name in request.ways if what in WAYS[name].whats}
    refused = _refused(request, what, jobs, progress)
    wanted = [job for name, job in jobs.items() if name not in refused]
    timed: dict[str, Timed] = {}
    matmul: dict[str, list[float]] = {}
    while wanted:
        with ExitStack() as stack:
            workers = Workers(stack, environment=ON_THE_CPU, process_of=_process_of)
            made = _made(wanted, workers, request.patience, progress)
            products = [make(job, workers, request.patience) for job in _products(request, what)]
            take_turns(
                [*made, *products],
                workers,
                request.repeats,
                request.seconds,
                request.limit,
                request.patience,
                lambda turn: progress(f"  {what}: turn {turn + 1} of {request.repeats}"),
            )
        timed |= {one.side.name: one for one in made}
        for one in products:
            matmul.setdefault(one.side.precision, []).extend(one.seconds)
    plain = timed.get(PLAIN)
    found = [refused[name] if name in refused else _result(timed[name], plain) for name in jobs]
    return _Part(found, matmul)


def _job(request: MeasureRequest, name: str, what: What, folder: Path) -> SideJob:
    side = WAYS[name].side(name, what)
    return SideJob(side, what, request.config, request.overrides, batch=request.batch, folder=str(folder))


def _process_of(side: TimedSide) -> str:
    """Each has one of its own, so that its memory is its own; the products of matrices share one."""
    return side.maker if side.maker == MATMUL else side.name


def _products(request: MeasureRequest, what: What) -> list[SideJob]:
    """The large products of matrices, in each precision that is multiplied."""
    precisions = ("float32", HALF) if _multiplies_half() else ("float32",)
    sides = [TimedSide(f"{MATMUL}, {each}", MATMUL, precision=each) for each in precisions]  # type: ignore[arg-type]
    return [SideJob(side, what, request.config, request.overrides) for side in sides]


def _multiplies_half() -> bool:
    return cpu().multiplies_bfloat16


def _refused(
    request: MeasureRequest, what: What, jobs: Mapping[str, SideJob], progress: Progress
) -> dict[str, WayResult]:
    """What cannot be measured, known before any of it is made; files are written here."""
    plain = _job(request, PLAIN, what, Path(next(iter(jobs.values())).folder))
    reasons = {name: _why_not(request.design, name, what) for name in jobs}
    refused = {name: WayResult(name, what, why_not=why) for name, why in reasons.items() if why}
    for name, packages in missing([name for name in jobs if name not in refused]).items():
        why = f"{' and '.join(packages)} is not installed"
        refused[name] = WayResult(name, what, why_not=why, packages=packages)
    left = [name for name in jobs if name not in refused]
    runtimes = list(dict.fromkeys(WAYS[name].group for name in left if WAYS[name].maker == "file"))
    if runtimes:
        progress(f"  {what}: writing files for {', '.join(runtimes)}")
    failed = write_files(plain, runtimes, request.patience)
    if any(WAYS[name].maker == "source" for name in left):
        failed |= write_source(plain)
    for name in left:
        if WAYS[name].group in failed:
            refused[name] = WayResult(name, what, why_not=failed[WAYS[name].group])
    return refused


def _why_not(design: Design, name: str, what: What) -> str:
    """Why this way says nothing here, though all of its packages are installed; empty where it does."""
    way = WAYS[name]
    if way.precision == HALF and not _multiplies_half():
        return "this CPU does not multiply bfloat16"
    if way.layout == "channels_last" == design.config.input.data_format:
        return "the config is channels last as it is"
    if what == "training" and way.maker == "source":
        try:
            require_counterparts(design)
        except CounterpartError as error:
            return str(error)
    return ""


def _made(wanted: list[SideJob], workers: Workers, limit: float, progress: Progress) -> list[Timed]:
    """As many of `wanted`, taken from its beginning, as there is memory for; one at least."""
    made: list[Timed] = []
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        while wanted and _has_room(made):
            jobs, wanted[:] = wanted[:AT_ONCE], wanted[AT_ONCE:]
            for one in pool.map(lambda job: make(job, workers, limit), jobs):
                made.append(one)
                progress(f"  {one.job.what}: {WAYS[one.side.name].label}: {_said(one)}")
    finally:
        pool.shutdown(wait=False)  # where it is interrupted, the processes are ended next
    return made


def _has_room(made: Sequence[Timed]) -> bool:
    free, largest = free_memory(), max((one.peak_bytes for one in made), default=0)
    return free is None or free > ROOM * largest


def _said(one: Timed) -> str:
    if not one.is_there:
        return (one.skipped or one.failed).partition("\n")[0]
    return f"made, {bytes_text(one.peak_bytes)}"


def _result(one: Timed, plain: Timed | None) -> WayResult:
    name, what = one.side.name, one.job.what
    if one.failed or one.skipped or not one.seconds:
        return WayResult(name, what, why_not=(one.skipped or one.failed).partition("\n")[0])
    difference = _difference(one, plain) if plain is not None and plain.is_there else None
    notes = {key: value for key, value in one.notes.items() if key != "first_seconds"}
    if difference is not None and not math.isfinite(difference):
        difference, notes[STRANGE] = None, True
    return WayResult(name, what, Spread(tuple(one.seconds)), one.peak_bytes, difference, notes=notes)


def _difference(one: Timed, plain: Timed) -> float:
    """Of the outputs, or of the first losses; NaN where one of them is none."""
    if one.job.what == "inference":
        return largest_difference(plain.outputs or [], one.outputs or [])
    theirs, ours = plain.losses[0], one.losses[0]
    return abs(ours - theirs) / (abs(theirs) or 1.0)


def _subject(request: MeasureRequest) -> MeasuredNetwork:
    """What the plan says, of Keras as declared."""
    plain = _job(request, PLAIN, "inference", Path()).design(*WAYS[PLAIN].side(PLAIN, "inference").overrides)
    summary = Summary(plain, request.batch)
    optimized = {}
    for what in request.whats:
        execution = plain.config.execution.model_copy(update={"optimize": what, "layout": "channels_last"})
        optimized[what] = request.batch * plain.computed_for(execution).plan.macs
    predicted = {"inference": summary.memory.inference_bytes, "training": summary.memory.train_bytes}
    return MeasuredNetwork(
        name=summary.name,
        input_shape=summary.input_shape,
        reference=summary.reference,
        batch=request.batch,
        macs=request.batch * summary.macs,
        macs_optimized=optimized,
        predicted_bytes={what: predicted[what] for what in request.whats},
        weights=f"those of {request.model}" if request.model else "drawn at random, statistics of norms too",
    )


def _keep(folder: Path, out: Path) -> None:
    """Copy the exported files to `out`, all or none of them."""
    with publishing(out) as staging:
        for file in sorted(folder.iterdir()):
            if file.name.startswith("model.") or file.name == SOURCE:
                shutil.copyfile(file, staging / file.name)
