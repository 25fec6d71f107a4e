"""The task `train`: the network of a run learns from its images, as `unetgen train` does it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from unetgen.errors import UnetgenError
from unetgen.files import publish, recover
from unetgen.runs.run import Run
from unetgen.sweep.folder.files import CASES, PointFolder
from unetgen.sweep.folder.identity import DATA, START
from unetgen.sweep.tasks.case_pictures import case_pictures
from unetgen.sweep.values import Value
from unetgen.training.fitting import FinishedRun, train
from unetgen.training.starting import Start
from unetgen.training.state import STATE
from unetgen.training.telling import Lines

OF_VALIDATION = "val_"


def run(run: Run, workdir: Path, contents: Mapping[str, str]) -> dict[str, Value]:
    """Train into `workdir`, and go on with what lies there: whatever ended the point before loses an epoch.

    ``best_epoch`` is the one whose model was kept, and what begins with ``val_`` is of its validation;
    ``loss`` is the last epoch's, ``epochs`` how many there were, ``train_seconds`` what all of them took,
    those before an interruption too. Raises `UnetgenError` where a file has not the `contents` that it was
    checked with.
    """
    recover(workdir)
    start = Start.of(run)
    if start is not None and start.digest != contents.get(START):
        raise UnetgenError(f"{START}: {start.name} has changed since it was checked")
    resume = (workdir / STATE).is_file()
    shared = PointFolder(workdir.parent).shared
    trained = train(run, workdir, resume=resume, teller=_printing, data_digest=contents[DATA], shared=shared)
    publish({workdir / CASES: case_pictures(trained.examples, trained.classes)})
    return values_of_training(trained)


@contextmanager
def _printing(epochs: int, steps: int) -> Iterator[Lines]:
    """A line for each epoch, which goes to the point's log; the sweep's progress reads it there."""
    yield Lines(epochs, lambda text: print(text, flush=True))


def values_of_training(trained: FinishedRun) -> dict[str, Value]:
    """The row of a point that was trained."""
    rows = trained.history.rows
    best = next((row for row in rows if row["epoch"] == trained.best), {})
    return {
        **{name: value for name, value in best.items() if name.startswith(OF_VALIDATION)},
        "best_epoch": trained.best,
        "loss": rows[-1].get("loss"),
        "epochs": len(rows),
        "train_seconds": round(sum(row.get("seconds", 0.0) for row in rows), 3),
    }
