"""Training: from a run to a folder with the model, its history, and all that reproduces it."""

from __future__ import annotations

import contextlib
import math
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from unetgen.errors import UnetgenError
from unetgen.files import publish
from unetgen.installed import require_backend
from unetgen.model.building import build_model, compiled_again
from unetgen.model.loading import loaded
from unetgen.model.saving import MODEL
from unetgen.model.transfer.table import TransferTable
from unetgen.parts.values import counted
from unetgen.runs.run import Run
from unetgen.runs.weighted import Weights, weighted, weights_line
from unetgen.training.data_set import DataSet, data_set
from unetgen.training.devices import Asked, Devices, devices_of
from unetgen.training.freezing import freeze_for, phases
from unetgen.training.history import History
from unetgen.training.saving import (
    CASES,
    CSV,
    PREPARED,
    kept_weights,
    save_best,
    write_beginning,
    write_lock,
    write_report,
)
from unetgen.training.starting import Start
from unetgen.training.state import STATE, State, put_back, read_state, variables_of, write_state
from unetgen.training.telling import Lines
from unetgen.training.tensorboard import LOGS, Board
from unetgen.training.validating import validation_of
from unetgen.visible import visible

if TYPE_CHECKING:
    import keras

    from unetgen.training.callbacks import Keep, Teller
    from unetgen.training.report import CaseResult

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
    class_weights: Weights | None = None
    """The weight of each class in the losses, where the run has some."""
    notes: tuple[str, ...] = ()
    """What is right with the data and may not be meant."""
    examples: Mapping[str, CaseResult] = field(default_factory=dict)
    """What the kept model predicts for the ``best``, the ``middle`` and the ``worst`` validation case."""
    classes: Sequence[str] = ()
    """Their names, by number."""

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
    tensorboard: bool = False,
    devices: Asked = None,
    shared: Path | None = None,
) -> FinishedRun:
    """Train the network of `run` on its images, and keep everything in the folder `out`.

    After each epoch `out` has the run and its history whole; ``model.keras`` is that of the best epoch so
    far. With `resume` a run that was interrupted goes on behind its last whole epoch, as if it had not been.
    `callbacks` are Keras's or yours; they see the values of validations too. With `tensorboard` the values of
    all epochs, those before an interruption too, are written for it into ``logs``. `devices` is how many GPUs
    share each batch, or ``all`` of them. Prepared images are kept in the folder `shared` for other runs.
    Raises `ConfigError` with every problem of the data, or of the run on so many devices, and `UnetgenError`
    where `out` holds another run, where the images and masks are not those of `data_digest`, or where
    TensorBoard or a backend of Keras is asked for and not installed; nothing is trained then.
    """
    require_backend()
    board = Board(out / LOGS) if tensorboard else None
    start = Start.of(run)
    state = _state(run, out, resume)
    # Before the images are read, so that nothing is written where it does not fit.
    used = devices_of(devices, run)
    begun = _started(run, start, used) if start and state is None else None
    data = _data(run, out, shared, start, state, data_digest)
    write_beginning(run, data, out, used.count)
    model, table = begun or (_model(run, used), None)
    if state is not None:
        put_back(model, state.arrays)
    history = History() if state is None else state.history
    keep = _keeping(run, data, out, board, used)
    history = _fit(model, run, data, history, keep, teller, callbacks, table, used)
    return _finished(run, data, out, history, table, board, used)


def _finished(
    run: Run,
    data: DataSet,
    out: Path,
    history: History,
    started: TransferTable | None,
    board: Board | None,
    devices: Devices,
) -> FinishedRun:
    """Write what is known at the end, and take away what was there for the training alone."""
    examples: Mapping[str, CaseResult] = {}
    if (out / MODEL).is_file():
        examples = write_report(loaded(out / MODEL), run, data, history, out, devices.count)
    if board is not None:
        _complete(board, run, history, out)
    write_lock(run, data, out, devices.count)
    shutil.rmtree(out / PREPARED, ignore_errors=True)
    return FinishedRun(
        out,
        history,
        history.best(run.config.fit.monitor),
        started,
        class_weights=data.class_weights,
        notes=tuple(map(str, data.notes)),
        examples=examples,
        classes=data.preprocessing.classes,
    )


def _state(run: Run, out: Path, resume: bool) -> State | None:
    state = read_state(out)
    if state is None and resume:
        raise UnetgenError(f"{out}: holds no {STATE} to go on with; leave out --resume to begin")
    if state is not None and not resume:
        epochs = counted(len(state.history.rows), "epoch")
        raise UnetgenError(
            f"{out}: holds a run of {epochs}; --resume goes on with it, another --out begins anew"
        )
    return state


def _data(
    run: Run, out: Path, shared: Path | None, start: Start | None, state: State | None, digest: str | None
) -> DataSet:
    """The images of the run; where they are not those of `state` or `digest`, nothing is left of them."""
    try:
        data = data_set(run, out / PREPARED, shared)
        if digest not in (None, data.digest):
            raise UnetgenError("the images or masks of the run have changed since they were checked")
        if start is not None:
            data = data.with_file(start.file, run.folder, start.digest)
        if state is None:
            return data
        if state.run != _identity(run, data):
            raise UnetgenError(
                f"{out}: was begun with another run, or with other files; train anew with another --out"
            )
        return replace(data, class_weights=kept_weights(data.class_weights, out))
    except UnetgenError:
        shutil.rmtree(out / PREPARED, ignore_errors=True)
        raise


def _identity(run: Run, data: DataSet) -> str:
    """What a run that goes on must have in common with its beginning."""
    return f"{run.identity} {data.digest}"


def _model(run: Run, devices: Devices) -> keras.Model:
    """The compiled model at its beginning, its optimizer's state made."""
    _seed(run)
    with devices.scope():
        model = build_model(run.design)
        devices.share(model)
        model.optimizer.build(model.trainable_variables)
    return model


def _started(run: Run, start: Start, devices: Devices) -> tuple[keras.Model, TransferTable]:
    """The same with the weights of `start` that fit."""
    _seed(run)
    with devices.scope():
        model, table = start.model(run)
        devices.share(model)
    return model, table


def _seed(run: Run) -> None:
    from unetgen.model.session import compute_deterministically, seeded_session

    seeded_session(run.config.seed)
    if run.config.fit.deterministic:
        compute_deterministically()


def _keeping(run: Run, data: DataSet, out: Path, board: Board | None, devices: Devices) -> Keep:
    """What writes down each epoch."""
    identity = _identity(run, data)

    def keep(model: keras.Model, history: History, is_best: bool) -> None:
        if is_best:
            with devices.as_on_one(model):
                save_best(model, run, data, out)
        publish({out / CSV: history.to_csv().encode()})
        arrays = tuple(variable.numpy() for variable in variables_of(model))
        write_state(State(identity, history, arrays), out)
        if board is not None:
            board.write(history)

    return keep


def _complete(board: Board, run: Run, history: History, out: Path) -> None:
    """Write what is missing, of a run that was at its end already too, and the worst cases."""
    board.write(history)
    best = history.best(run.config.fit.monitor)
    if best is not None and (out / CASES).is_file():
        board.show((out / CASES).read_bytes(), best)


def _fit(
    model: keras.Model,
    run: Run,
    data: DataSet,
    history: History,
    keep: Keep,
    teller: NewTeller,
    callbacks: Sequence[keras.callbacks.Callback],
    started: TransferTable | None,
    devices: Devices,
) -> History:
    from unetgen.training.callbacks import EpochEnd

    fit, begun = run.config.fit, len(history.rows)
    if begun >= fit.epochs or _is_over(history, run):
        return history

    with teller(fit.epochs, _steps(run, data)) as told:
        end = EpochEnd(
            history,
            epochs=fit.epochs,
            validate_every=fit.validate_every,
            monitor=fit.monitor,
            patience=fit.patience,
            validate=devices.validating(validation_of(run, data), model),
            keep=keep,
            teller=told,
        )
        if line := devices.line(fit.batch_size):
            told.note(line)
        for note in _notes(run, data, started):
            told.note(visible(note))
        _fit_phases(model, run, data, begun, [*_rate(run), end, *callbacks], devices)
    return end.history


def _notes(run: Run, data: DataSet, started: TransferTable | None) -> Iterator[str]:
    """What is to be known before the first epoch."""
    for note in data.notes:
        yield f"note: {note}"
    if started is not None:
        yield f"{run.config.fit.start}: {started.line}"
    if data.class_weights is not None:
        yield f"class weights: {weights_line(data.class_weights)}"


def _fit_phases(
    model: keras.Model,
    run: Run,
    data: DataSet,
    begun: int,
    callbacks: Sequence[keras.callbacks.Callback],
    devices: Devices,
) -> None:
    """Fit in each phase what is not frozen in it; for the callbacks it is one training."""
    from unetgen.training.callbacks import OfEpoch, OneTraining
    from unetgen.training.feeding import PatchBatches

    fit, steps = run.config.fit, _steps(run, data)
    if data.class_weights is not None:
        run = weighted(run, data.class_weights)
        with devices.scope():
            compiled_again(model, run.design)
    batches = PatchBatches(data.sampler, run.design, fit.batch_size, steps, run.config.seed, begun)
    together = OneTraining([OfEpoch(batches), *callbacks], model, fit.epochs, steps)
    for phase in phases(run, begun):
        with devices.scope():
            freeze_for(phase, model, run)
        model.fit(
            batches,
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
