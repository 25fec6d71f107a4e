"""The state of an interrupted run: enough to go on as if it had not been interrupted."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from unetgen.errors import UnetgenError
from unetgen.files import publishing, recover
from unetgen.training.history import History, history_of

if TYPE_CHECKING:
    import keras
    from numpy.typing import NDArray

STATE, ARRAYS = "state.json", "state.npz"


@dataclass(frozen=True)
class State:
    """What a run has come to after its last whole epoch."""

    run: str
    """The digest of the run, and of its data."""
    history: History
    arrays: tuple[NDArray[np.generic], ...] = ()
    """All variables of the model and of its optimizer, seeds of dropout among them, in Keras's order."""


def variables_of(model: keras.Model) -> list[keras.Variable]:
    """All that changes in training, but for the sums of losses and metrics, which start anew each epoch.

    Keras's ``save_weights`` leaves out the seeds of dropout: masks would repeat after an interruption.
    """
    return [*model.variables, *model.optimizer.variables]


def put_back(model: keras.Model, arrays: tuple[NDArray[np.generic], ...]) -> None:
    """Let `model`, with its optimizer built, be what the state was saved of; else `UnetgenError`."""
    variables = variables_of(model)
    if [tuple(each.shape) for each in variables] != [each.shape for each in arrays]:
        raise UnetgenError(f"{ARRAYS}: is of another network or optimizer")
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)


def write_state(state: State, folder: Path) -> None:
    """Write both files, whole, in place of those of an earlier epoch."""
    said = {"run": state.run, "history": [dict(row) for row in state.history.rows]}
    with publishing(folder) as staging:
        np.savez(staging / ARRAYS, *state.arrays)
        (staging / STATE).write_text(json.dumps(said) + "\n", encoding="utf-8")


def read_state(folder: Path) -> State | None:
    """The state in `folder`; None where there is none. Raises `UnetgenError` where it cannot be read."""
    recover(folder)
    if not (folder / STATE).is_file():
        return None
    try:
        said = json.loads((folder / STATE).read_text(encoding="utf-8"))
        with np.load(folder / ARRAYS, allow_pickle=False) as stored:
            arrays = tuple(stored[f"arr_{index}"] for index in range(len(stored.files)))
        return State(str(said["run"]), history_of(said["history"]), arrays)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnetgenError(
            f"{folder / STATE}: cannot be read: {error}; train anew with another --out"
        ) from None
