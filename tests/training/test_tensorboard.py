"""What is written for TensorBoard, as it reads it, is the history: all of it, and once."""

from __future__ import annotations

import importlib.util
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tests.tiers import thorough
from unetgen import cli
from unetgen.model.reproducing import check_lock
from unetgen.runs.loader import load_run
from unetgen.training.fitting import FinishedRun, train

installed = pytest.mark.skipif(
    importlib.util.find_spec("tensorboard") is None, reason="TensorBoard is not installed"
)
SHORT = ["fit.steps=1", "fit.schedule=constant", "fit.validate_every=2"]
SHORT += ["model.compile.metrics=[{kind: mean_iou, sparse: true}]"]


def values_in(folder: Path) -> Iterator[tuple[str, int, Any]]:
    """Tag, step and value of all events, as TensorBoard itself reads them."""
    reading = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    accumulator = reading.EventAccumulator(str(folder), size_guidance={reading.TENSORS: 0}).Reload()
    for tag in accumulator.Tags()[reading.TENSORS]:
        for event in accumulator.Tensors(tag):
            yield tag, event.step, tf.make_ndarray(event.tensor_proto)


def assert_are_the_history(trained: FinishedRun) -> None:
    logs, expected = trained.folder / "logs", {}
    for row in trained.history.rows:
        for name, value in row.items():
            side = "validation" if name.startswith("val_") else "train"
            if name != "epoch":
                expected[side, f"epoch_{name.removeprefix('val_')}", int(row["epoch"])] = value
    assert {tag for _, tag, _ in expected} >= {
        "epoch_loss",
        "epoch_mean_iou",
        "epoch_dice",
        "epoch_learning_rate",
    }
    found = [(side, *event) for side in ("train", "validation") for event in values_in(logs / side)]
    scalars = [each for each in found if each[1] != "worst cases"]
    assert Counter((side, tag, step) for side, tag, step, _ in scalars) == Counter(expected.keys())
    for side, tag, step, value in scalars:
        assert value == np.float32(expected[side, tag, step]), tag


@installed
def test_events_are_the_history_also_of_a_run_that_was_resumed(discs: Path, tmp_path: Path) -> None:
    out, seen = tmp_path / "out", []

    class Look(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
            seen.append(epoch)

    trained = train(load_run(discs, [*SHORT, "fit.epochs=2"]), out, tensorboard=True, callbacks=[Look()])
    assert_are_the_history(trained)
    assert seen == [0, 1]
    assert check_lock(out / "unetgen.lock.json").problems == ()
    (size, _, picture) = next(
        value for tag, _, value in values_in(out / "logs/validation") if tag == "worst cases"
    )[:3]
    with Image.open(out / "cases.png") as shown:
        assert int(size) == shown.width
        np.testing.assert_array_equal(tf.io.decode_png(picture)[..., :3], np.array(shown.convert("RGB")))
    (events,) = (out / "logs/train").glob("events.*")
    events.write_bytes(events.read_bytes()[:-5])  # killed while it was written
    for file in (out / "logs/validation").iterdir():
        file.unlink()
    resumed = train(load_run(discs, [*SHORT, "fit.epochs=3"]), out, resume=True, tensorboard=True)
    assert_are_the_history(resumed)


@installed
@thorough
def test_a_run_that_has_ended_is_written_too(discs: Path, tmp_path: Path) -> None:
    out, run = tmp_path / "out", load_run(discs, [*SHORT, "fit.epochs=1"])
    train(run, out)
    assert not (out / "logs").exists()
    for _ in range(2):
        assert_are_the_history(train(run, out, resume=True, tensorboard=True))


def test_where_it_is_missing_the_extra_is_named_and_nothing_is_written(
    discs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *more: None if name == "tensorboard" else find(name, *more)
    )
    assert cli.main(["train", str(discs), "--out", str(tmp_path / "out"), "--tensorboard"]) == 2
    assert capsys.readouterr().err == "--tensorboard needs TensorBoard: pip install 'unetgen[tensorboard]'\n"
    assert not (tmp_path / "out").exists()
