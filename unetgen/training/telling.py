"""What a run says while it goes on: a bar on a terminal, else a line for each epoch."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from unetgen.training.history import History

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Lines:
    """One line an epoch, to whatever `say` writes to."""

    def __init__(self, epochs: int, say: Callable[[str], None]) -> None:
        self._epochs, self._say = epochs, say

    def note(self, text: str) -> None:
        self._say(text)

    def epoch_begins(self, epoch: int) -> None:
        """Nothing is said."""

    def step_ends(self, step: int, loss: float) -> None:
        """Nothing is said."""

    def validation_begins(self) -> None:
        """Nothing is said."""

    def epoch_ends(self, history: History, is_best: bool) -> None:
        self._say(line(history, self._epochs, is_best))


class Bar(Lines):
    """A bar of the steps of the epoch that goes on; finished epochs stand above it, a line each."""

    def __init__(self, epochs: int, steps: int, progress: Progress) -> None:
        super().__init__(epochs, lambda text: progress.console.print(text, highlight=False, markup=False))
        self._steps, self._progress = steps, progress
        self._task: TaskID = progress.add_task("", total=steps, loss="")

    def epoch_begins(self, epoch: int) -> None:
        self._progress.reset(self._task, total=self._steps, description=f"epoch {epoch}/{self._epochs}")

    def step_ends(self, step: int, loss: float) -> None:
        self._progress.update(self._task, completed=step, loss=f"loss {loss:.4g}")

    def validation_begins(self) -> None:
        self._progress.update(self._task, loss="validating")


def line(history: History, epochs: int, is_best: bool) -> str:
    """The last epoch of a history.

    >>> print(line(History(({"epoch": 2, "loss": 0.51234, "val_dice": 0.8, "seconds": 3.0},)), 10, True))
    epoch 2/10  loss 0.5123  val_dice 0.8  3.0 s  best
    """
    row = dict(history.rows[-1])
    epoch, seconds = row.pop("epoch"), row.pop("seconds", None)
    row.pop("learning_rate", None)
    said = [f"epoch {epoch:.0f}/{epochs}", *(f"{name} {value:.4g}" for name, value in row.items())]
    if seconds is not None:
        said.append(f"{seconds:.1f} s")
    return "  ".join([*said, "best"] if is_best else said)
