"""One training, three loops: a run file of unetgen's, Keras by hand, and PyTorch with MONAI.

The pictures are those of ``make demo``; the network is MONAI's BasicUNet. All loops learn from the same
patches in the same order, with the same batches, loss, optimizer and schedule; each begins with the weights
that its framework draws, and has its framework's epsilon of Adam. One judge, in NumPy alone, predicts the
same whole images by tiles, with each network as its last epoch leaves it. A repeat is a seed. The loops have
a process of one thread each and take turns, one epoch after the other, so that a machine that becomes slower
does so for all; a step's time is the processor's, with that for its batch. What is not installed is skipped.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from statistics import mean, median

from benchmarks.loops.case import CASES, Case
from benchmarks.loops.pictures import write_arrays, write_pictures
from benchmarks.loops.process import LOOPS, LoopProcess, Training
from benchmarks.rows import Row, progress

OURS, BY_HAND = "unetgen", "by hand"
LEAST_SEEDS = 3
NEEDED = {"MONAI": ("torch", "monai")}
SLOWER = 1.1
"""A step of ours, which cuts its patches, may take so many times one of Keras's from arrays in memory."""
ANY = (0.0, float("inf"))
Trainings = Mapping[str, Sequence[Training]]
"""By loop, of each seed."""


def rows(repeats: int, is_tiny: bool = False) -> list[Row]:
    """The rows of all cases."""
    found: list[Row] = []
    missing = {loop: why for loop, names in NEEDED.items() if (why := _missing(names))}
    loops = [loop for loop in LOOPS if loop not in missing]
    for name, case in CASES.items():
        with tempfile.TemporaryDirectory() as folder:
            try:
                trainings = _trainings(name, case, loops, repeats, is_tiny, Path(folder))
            except ModuleNotFoundError as error:
                found.append(Row(case.shown, "Dice", (), ANY, skipped=str(error)))
                continue
        found += _rows_of(case, trainings, is_tiny)
        found += [
            Row(f"{case.shown}: Dice, {loop}", "Dice", (), ANY, skipped=why) for loop, why in missing.items()
        ]
    return found


def _missing(names: Sequence[str]) -> str:
    missing = [name for name in names if find_spec(name) is None]
    return f"{' and '.join(missing)} not installed" if missing else ""


def _trainings(
    name: str, case: Case, loops: Sequence[str], repeats: int, is_tiny: bool, folder: Path
) -> Trainings:
    case = case.tiny() if is_tiny else case
    write_pictures(case, folder)
    found: dict[str, list[Training]] = {loop: [] for loop in loops}
    for seed in range(1 if is_tiny else max(repeats, LEAST_SEEDS)):
        write_arrays(case, folder, seed)
        with ExitStack() as stack:
            started = {
                loop: stack.enter_context(LoopProcess(loop, name, is_tiny, folder, seed)) for loop in loops
            }
            for _ in range(case.epochs - 1):
                for process in started.values():
                    process.epoch()
            for loop, process in started.items():
                found[loop].append(process.last_epoch())
        said = ", ".join(
            f"{loop} {of[-1].dice:.4f} ({median(of[-1].seconds):.3f} s a step)" for loop, of in found.items()
        )
        progress(f"  {case.shown}, seed {seed}: Dice {said}")
    return found


def _rows_of(case: Case, trainings: Trainings, is_tiny: bool) -> Iterator[Row]:
    others = {loop: of for loop, of in trainings.items() if loop != OURS}
    for loop, of in trainings.items():
        detail = {"losses": [each.losses for each in of], "seconds": _seconds(of)}
        yield Row(f"{case.shown}: Dice, {loop}", "Dice", tuple(each.dice for each in of), ANY, detail)
    for loop, of in others.items():
        yield _quality(f"{case.shown}: mean Dice, {OURS} / {loop}", trainings[OURS], of, is_tiny)
    for loop, of in others.items():
        limit = 1 / SLOWER if loop == BY_HAND and not is_tiny else 0.0
        yield _time(f"{case.shown}: time of a step, {loop} / {OURS}", trainings[OURS], of, limit)


def _quality(name: str, ours: Sequence[Training], theirs: Sequence[Training], is_tiny: bool) -> Row:
    """The ratio of the means over the seeds; ours may be below theirs by the spread of theirs."""
    dice = [each.dice for each in theirs]
    ratio = mean(each.dice for each in ours) / mean(dice)
    least = 0.0 if is_tiny else 1 - (max(dice) - min(dice)) / mean(dice)
    return Row(name, "Dice / Dice", (ratio,), (least, float("inf")))


def _time(name: str, ours: Sequence[Training], theirs: Sequence[Training], limit: float) -> Row:
    """The ratios of epochs that came one after the other."""
    mine, others = _seconds(ours), _seconds(theirs)
    values = tuple(b / a for a, b in zip(mine, others, strict=True))
    detail = {"seconds": mine, "theirs_seconds": others}
    return Row(name, "seconds / seconds", values, (limit, float("inf")), detail)


def _seconds(of: Sequence[Training]) -> list[float]:
    """Of a step, in all epochs that were timed."""
    return [seconds for each in of for seconds in each.seconds]
