"""The loop of `unetgen.run`: the run file, and one callback of Keras's that takes turns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np

from benchmarks.loops.case import Case
from benchmarks.loops.judging import Scores
from benchmarks.loops.pictures import RUN
from benchmarks.loops.turns import Turns


class TakingTurns(keras.callbacks.Callback):
    """Tells `Turns` of epochs and steps; has the model at hand as the last epoch leaves it."""

    def __init__(self, turns: Turns) -> None:
        super().__init__()
        self._turns = turns

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._turns.epoch_begins()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._turns.step_ends()


def trained(case: Case, folder: Path, seed: int, turns: Turns) -> tuple[list[float], Scores]:
    """The losses of the epochs, and the network at their end."""
    import unetgen

    watching = TakingTurns(turns)
    run = unetgen.run(folder / RUN, folder / f"run{seed}", case.overrides(seed), callbacks=[watching])
    return [row["loss"] for row in run.history.rows], scores_of(watching.model)


def scores_of(model: Any) -> Scores:
    """A Keras model as the judge takes it."""
    return lambda batch: np.asarray(model.predict_on_batch(batch))
