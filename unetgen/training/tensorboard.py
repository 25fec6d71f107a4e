"""What TensorBoard shows of a run: the values of its epochs, and the cases that it is worst at in the end.

Names and folders are those of Keras's own callback, so that runs lie beside others: `epoch_loss` in `train`,
`val_dice` as `epoch_dice` in `validation`. That callback writes when it likes and remembers nothing; here the
history is written, what is missing of it and no more, so that an interruption leaves no gap.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from unetgen.errors import UnetgenError
from unetgen.installed import require_tensorflow
from unetgen.shell import install
from unetgen.training.history import History

if TYPE_CHECKING:
    import tensorflow as tf

LOGS = "logs"
TRAIN, VALIDATION = "train", "validation"
OF_VALIDATION = "val_"
CASES = "worst cases"


class Board:
    """The events in a folder; raises `UnetgenError` where TensorBoard or TensorFlow is not installed."""

    def __init__(self, folder: Path) -> None:
        if importlib.util.find_spec("tensorboard") is None:
            raise UnetgenError(f"--tensorboard needs TensorBoard: {install('unetgen[tensorboard]')}")
        require_tensorflow("--tensorboard")
        self._sides = {side: Side(folder / side) for side in (TRAIN, VALIDATION)}

    def write(self, history: History) -> None:
        """Write all values of `history` that are not there yet; steps are epochs, counted from 1."""
        for row in history.rows:
            for name, value in row.items():
                if name != "epoch":
                    side = VALIDATION if name.startswith(OF_VALIDATION) else TRAIN
                    tag = f"epoch_{name.removeprefix(OF_VALIDATION)}"
                    self._sides[side].scalar(tag, value, int(row["epoch"]))
        for each in self._sides.values():
            each.flush()

    def show(self, cases: bytes, epoch: int) -> None:
        """Write the picture of the worst cases, a PNG, that the model of `epoch` makes."""
        self._sides[VALIDATION].picture(CASES, cases, epoch)
        self._sides[VALIDATION].flush()


class Side:
    """The event files of one folder. Each value is written once, whoever wrote it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writer: tf.summary.SummaryWriter | None = None

    @cached_property
    def _known(self) -> set[tuple[str, int]]:
        """The tag and step of each value that is there."""
        return set(values_in(self._folder))

    def scalar(self, tag: str, value: float, step: int) -> None:
        import tensorflow as tf

        self._write(tag, step, lambda: tf.summary.scalar(tag, value, step=step))

    def picture(self, tag: str, png: bytes, step: int) -> None:
        import tensorflow as tf

        self._write(tag, step, lambda: tf.summary.image(tag, tf.io.decode_png(png)[None], step=step))

    def flush(self) -> None:
        """Let everything be in the files: a run may end at any moment."""
        if self._writer is not None:
            self._writer.flush()

    def _write(self, tag: str, step: int, value: Callable[[], object]) -> None:
        import tensorflow as tf

        if (tag, step) in self._known:
            return
        self._known.add((tag, step))
        self._writer = self._writer or tf.summary.create_file_writer(str(self._folder))
        with self._writer.as_default():
            value()


def values_in(folder: Path) -> Iterator[tuple[str, int]]:
    """The tag and the step of each value in the event files of `folder`, up to where one is cut off."""
    import tensorflow as tf

    for file in folder.glob("events.*"):
        try:
            for event in tf.compat.v1.train.summary_iterator(str(file)):
                for value in event.summary.value:
                    yield value.tag, event.step
        except tf.errors.DataLossError:  # a run was killed while it wrote
            continue
