"""What happens between the epochs of a run, as Keras's callbacks."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import keras

from unetgen.training.feeding import PatchBatches
from unetgen.training.history import History

Logs = dict[str, float]
Validate = Callable[[keras.Model], Mapping[str, float]]
"""From the model as it is to the values of a validation."""
Keep = Callable[[keras.Model, History, bool], None]
"""Called with each new history, and whether its last epoch is the best."""


class Teller(Protocol):
    """What a run says while it goes on."""

    def note(self, text: str) -> None:
        """Something is said before the first epoch."""

    def epoch_begins(self, epoch: int) -> None:
        """An epoch begins, counted from 1."""

    def step_ends(self, step: int, loss: float) -> None:
        """A step of it has ended, counted from 1."""

    def validation_begins(self) -> None:
        """The images of the validation split are being predicted."""

    def epoch_ends(self, history: History, is_best: bool) -> None:
        """All of an epoch has ended."""


class OfEpoch(keras.callbacks.Callback):  # type: ignore[misc]
    """Has `batches` give those of each epoch.

    Keras tells a `PyDataset` itself of beginnings and ends, but, measured in Keras 3.15, of one end too many
    before the first epoch, and with several devices also of one beginning.
    """

    def __init__(self, batches: PatchBatches) -> None:
        super().__init__()
        self._batches = batches

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self._batches.epoch = epoch


class LearningRate(keras.callbacks.Callback):  # type: ignore[misc]
    """Sets the learning rate of each epoch; `rate` knows it by the epoch's number, from 0."""

    def __init__(self, rate: Callable[[int], float]) -> None:
        super().__init__()
        self._rate = rate

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self.model.optimizer.learning_rate = self._rate(epoch)


class EpochEnd(keras.callbacks.Callback):  # type: ignore[misc]
    """Validates, keeps what was reached, ends training where it does not become better, and tells of all.

    All in one, because each needs what the one before it has made; it stands before callbacks of others,
    which see the values of the validation in their `logs`.

    Args:
        history: of the epochs before the first one.
        epochs, validate_every, monitor, patience: of the run.
        validate, keep, teller: what is done.
    """

    def __init__(
        self,
        history: History,
        *,
        epochs: int,
        validate_every: int,
        monitor: str,
        patience: int | None,
        validate: Validate | None,
        keep: Keep,
        teller: Teller,
    ) -> None:
        super().__init__()
        self.history = history
        self._epochs, self._every = epochs, validate_every
        self._monitor, self._patience = monitor, patience
        self._validate, self._keep, self._teller = validate, keep, teller
        self._began = 0.0

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self._began = time.monotonic()
        self._teller.epoch_begins(epoch + 1)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self._teller.step_ends(batch + 1, float((logs or {}).get("loss", float("nan"))))

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        values = logs if logs is not None else {}
        values["learning_rate"] = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))
        if self._validate is not None and self._is_due(epoch):
            self._teller.validation_begins()
            values.update(self._validate(self.model))
        row = {"epoch": epoch + 1, **{name: float(value) for name, value in values.items()}}
        self.history = self.history.with_row(row | {"seconds": round(time.monotonic() - self._began, 3)})
        is_best = self.history.best(self._monitor) == epoch + 1
        self._keep(self.model, self.history, is_best)
        self._teller.epoch_ends(self.history, is_best)
        if self._patience is not None and self.history.since_best(self._monitor) >= self._patience:
            self.model.stop_training = True

    def _is_due(self, epoch: int) -> bool:
        return (epoch + 1) % self._every == 0 or epoch + 1 == self._epochs


class OneTraining(keras.callbacks.CallbackList):  # type: ignore[misc]
    """Callbacks of a training that takes several calls of `fit`: for them it begins and ends once.

    Args:
        callbacks: Keras's, in their order.
        model: what is trained.
        epochs, steps: of the whole training.
    """

    def __init__(
        self, callbacks: Sequence[keras.callbacks.Callback], model: keras.Model, epochs: int, steps: int
    ) -> None:
        super().__init__(
            list(callbacks), add_history=True, model=model, epochs=epochs, steps=steps, verbose=0
        )
        self._has_begun = False
        self._last_logs: Logs | None = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        if not self._has_begun:
            self._has_begun = True
            super().on_train_begin(logs)

    def on_train_end(self, logs: Logs | None = None) -> None:
        self._last_logs = logs

    def end(self) -> None:
        """The training has ended."""
        super().on_train_end(self._last_logs)
