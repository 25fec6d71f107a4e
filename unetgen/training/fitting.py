"""Training: from a run to a folder with the model, its history, and all that reproduces it."""

from __future__ import annotations

import contextlib
import math
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from unetgen.config.resolved import to_yaml
from unetgen.errors import UnetgenError
from unetgen.files import publish
from unetgen.model.building import build_model
from unetgen.model.loading import loaded
from unetgen.model.saving import CONFIG, MODEL
from unetgen.model.transfer.table import TransferTable
from unetgen.runs.run import Run
from unetgen.training.data_set import DataSet, data_set
from unetgen.training.freezing import freeze, phases
from unetgen.training.history import History
from unetgen.training.saving import CSV, PREPARED, PREPROCESSING, RUN, save_best, write_lock, write_report
from unetgen.training.starting import Start
from unetgen.training.state import STATE, State, put_back, read_state, variables_of, write_state
from unetgen.training.telling import Lines
from unetgen.training.validating import validation_of

if TYPE_CHECKING:
    import keras

    from unetgen.training.callbacks import Teller

NewTeller = Callable[[int, int], contextlib.AbstractContextManager["Teller"]]
"""From the epochs and the steps of each to what is told meanwhile."""


@dataclass(frozen=True)
class FinishedRun:
    """What a run came to."""

    folder: Path
    history: History
    best: int | None
    """The epoch whose model was kept."""
    started: TransferTable | None = None
    """What was carried of the model of `fit.start`, where the run began with it now."""

    @property
    def model_file(self) -> Path:
        """The best epoch's model."""
        return self.folder / MODEL


@contextlib.contextmanager
def silent(epochs: int, steps: int) -> Iterator[Teller]:
    """Tell nothing."""
    yield Lines(epochs, lambda text: None)


def train(
    run: Run,
    out: Path,
    *,
    resume: bool = False,
    teller: NewTeller = silent,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    data_digest: str | None = None,
) -> FinishedRun:
    """Train the network of `run` on its images, and keep everything in the folder `out`.

    After each epoch `out` has the run and its history whole; ``model.keras`` is that of the best epoch so
    far. With `resume` a run that was interrupted goes on behind its last whole epoch, as if it had not been.
    `callbacks` are Keras's or yours; they see the values of validations too. Raises `ConfigError` with every
    problem of the data, and `UnetgenError` where `out` holds another run, or where the files are not those of
    `data_digest`; nothing is trained then.
    """
    start = Start.of(run)
    state = _state(run, out, resume)
    # Before the images are read, so that nothing is written where it does not fit.
    begun = _started(run, start) if start and state is None else None
    data = data_set(run, out / PREPARED)
    if start is not None:
        data = data.with_file(start.file, run.folder, start.digest)
    if data_digest not in (None, data.digest):
        shutil.rmtree(out / PREPARED, ignore_errors=True)
        raise UnetgenError("the files of the run have changed since they were checked")
    identity = f"{run.identity} {data.digest}"
    if state is not None and state.run != identity:
        raise UnetgenError(
            f"{out}: was begun with another run, or with other files; train anew with another --out"
        )
    history = History() if state is None else state.history
    _write_beginning(run, data, out)
    model, table = begun or (_model(run), None)
    if state is not None:
        put_back(model, state.arrays)
    history = _fit(model, run, data, out, identity, history, teller, callbacks, table)
    if (out / MODEL).is_file():
        write_report(loaded(out / MODEL), run, data, history, out)
    write_lock(run, data, out)
    shutil.rmtree(out / PREPARED, ignore_errors=True)
    return FinishedRun(out, history, history.best(run.config.fit.monitor), table)


def _state(run: Run, out: Path, resume: bool) -> State | None:
    state = read_state(out)
    if state is None and resume:
        raise UnetgenError(f"{out}: holds no {STATE} to go on with; leave out --resume to begin")
    if state is not None and not resume:
        epochs = len(state.history.rows)
        raise UnetgenError(
            f"{out}: holds a run of {epochs} epochs; --resume goes on with it, another --out begins anew"
        )
    return state


def _write_beginning(run: Run, data: DataSet, out: Path) -> None:
    config = run.design.config
    publish(
        {
            out / RUN: run.to_yaml(out).encode(),
            out / CONFIG: to_yaml(config).encode(),
            out / PREPROCESSING: data.preprocessing.to_json().encode(),
        }
    )
    write_lock(run, data, out)


def _model(run: Run) -> keras.Model:
    """The compiled model at its beginning, its optimizer's state made."""
    _seed(run)
    model = build_model(run.design)
    model.optimizer.build(model.trainable_variables)
    return model


def _started(run: Run, start: Start) -> tuple[keras.Model, TransferTable]:
    """The same with the weights of `start` that fit."""
    _seed(run)
    return start.model(run)


def _seed(run: Run) -> None:
    from unetgen.model.session import compute_deterministically, seeded_session

    seeded_session(run.config.seed)
    if run.config.fit.deterministic:
        compute_deterministically()


def _fit(
    model: keras.Model,
    run: Run,
    data: DataSet,
    out: Path,
    identity: str,
    history: History,
    teller: NewTeller,
    callbacks: Sequence[keras.callbacks.Callback],
    started: TransferTable | None,
) -> History:
    from unetgen.training.callbacks import EpochEnd

    fit, begun = run.config.fit, len(history.rows)
    if begun >= fit.epochs or _is_over(history, run):
        return history

    def keep(model: keras.Model, history: History, is_best: bool) -> None:
        if is_best:
            save_best(model, run, data, out)
        publish({out / CSV: history.to_csv().encode()})
        arrays = tuple(variable.numpy() for variable in variables_of(model))
        write_state(State(identity, history, arrays), out)

    with teller(fit.epochs, _steps(run, data)) as told:
        end = EpochEnd(
            history,
            epochs=fit.epochs,
            validate_every=fit.validate_every,
            monitor=fit.monitor,
            patience=fit.patience,
            validate=validation_of(run, data),
            keep=keep,
            teller=told,
        )
        if started is not None:
            told.note(f"{fit.start}: {started.line}")
        _fit_phases(model, run, data, begun, [*_rate(run), end, *callbacks])
    return end.history


def _fit_phases(
    model: keras.Model, run: Run, data: DataSet, begun: int, callbacks: Sequence[keras.callbacks.Callback]
) -> None:
    """Fit in each phase what is not frozen in it; for the callbacks it is one training."""
    from unetgen.training.callbacks import OneTraining
    from unetgen.training.feeding import PatchBatches

    fit, steps = run.config.fit, _steps(run, data)
    together = OneTraining(callbacks, model, fit.epochs, steps)
    for phase in phases(run, begun):
        freeze(model, phase.frozen, run)
        model.fit(
            PatchBatches(data.sampler, run.design, fit.batch_size, steps, run.config.seed, phase.begin),
            epochs=phase.end,
            initial_epoch=phase.begin,
            verbose=0,
            shuffle=False,
            callbacks=together,
        )
        if model.stop_training:
            break
    together.end()


def _steps(run: Run, data: DataSet) -> int:
    """How many steps an epoch has."""
    return run.config.fit.steps or math.ceil(data.samples / run.config.fit.batch_size)


def _is_over(history: History, run: Run) -> bool:
    patience = run.config.fit.patience
    return patience is not None and history.since_best(run.config.fit.monitor) >= patience


def _rate(run: Run) -> list[keras.callbacks.Callback]:
    """What sets the learning rate of each epoch, where a run has it change."""
    from unetgen.training.callbacks import LearningRate

    fit = run.config.fit
    if fit.schedule.kind == "constant":
        return []
    start = float(run.design.config.compile.optimizer["learning_rate"])
    return [LearningRate(lambda epoch: start * fit.schedule.factor(epoch, fit.epochs))]
