"""Training from a run file to a folder, interrupted and not."""

from __future__ import annotations

import csv
import io
import json
from itertools import product
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.tiers import sampled, thorough
from unetgen import cli
from unetgen.data.preprocessing import Preprocessing
from unetgen.errors import ConfigError, UnetgenError
from unetgen.model.loading import loaded
from unetgen.model.reproducing import check_lock
from unetgen.model.running import called
from unetgen.runs.loader import load_run
from unetgen.training.fitting import FinishedRun, train

FILES = {
    *("model.keras", "history.csv", "state.npz", "state.json", "run.resolved.yaml"),
    *("config.resolved.yaml", "preprocessing.json", "unetgen.lock.json", "report.html", "cases.png"),
}


class Stop(keras.callbacks.Callback):
    """Interrupts a run in the middle of an epoch, counted from 1."""

    def __init__(self, epoch: int, batch: int = 1) -> None:
        super().__init__()
        self._epoch, self._batch, self._now = epoch, batch, 0

    def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
        self._now = epoch + 1

    def on_train_batch_end(self, batch: int, logs: object = None) -> None:
        if (self._now, batch) == (self._epoch, self._batch):
            raise KeyboardInterrupt


def values(trained: FinishedRun) -> list[dict[str, float]]:
    return [{k: v for k, v in row.items() if k != "seconds"} for row in trained.history.rows]


def test_a_run_learns_and_keeps_all_that_it_needs(
    discs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, out = load_run(discs, ["fit.epochs=8"]), tmp_path / "out"
    trained = train(run, out)
    rows = trained.history.rows
    assert [row["epoch"] for row in rows] == list(range(1, 9))
    assert rows[-1]["loss"] < 0.6 * rows[0]["loss"]
    assert max(row["val_dice"] for row in rows) > 0.6
    assert trained.best == max(rows, key=lambda row: row["val_dice"])["epoch"]
    assert {file.name for file in out.iterdir()} == FILES
    written = list(csv.DictReader(io.StringIO((out / "history.csv").read_text())))
    assert [float(row["loss"]) for row in written] == [row["loss"] for row in rows]
    resolved = load_run(out / "run.resolved.yaml")
    assert resolved.design.config == run.design.config
    assert cli.main(["evaluate", str(trained.model_file), str(out / "run.resolved.yaml"), "--json"]) == 0
    evaluated = json.loads(capsys.readouterr().out)
    assert evaluated["mean"]["dice"] == pytest.approx(max(row["val_dice"] for row in rows), abs=1e-6)
    model = loaded(trained.model_file)
    assert model.input_shape == (None, None, None, 1)
    stored = Preprocessing.from_json((out / "preprocessing.json").read_text())
    assert (stored.classes, dict(stored.values)) == (("background", "disc"), {0: 0, 255: 1})


@thorough
def test_the_kept_model_is_that_of_the_best_epoch(discs: Path, tmp_path: Path) -> None:
    seen: dict[int, list[np.ndarray[Any, Any]]] = {}

    class Look(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
            assert logs is not None and "val_dice" in logs
            seen[epoch + 1] = self.model.get_weights()

    trained = train(load_run(discs), tmp_path / "out", callbacks=[Look()])
    assert trained.best is not None
    kept = loaded(trained.model_file).get_weights()
    assert all((a == b).all() for a, b in zip(kept, seen[trained.best], strict=True))


@thorough
def test_the_learning_rate_follows_the_schedule(discs: Path, tmp_path: Path) -> None:
    trained = train(load_run(discs, ["fit.schedule.power=1"]), tmp_path / "out")
    rates = [row["learning_rate"] for row in trained.history.rows]
    assert rates == pytest.approx([0.01, 0.0075, 0.005, 0.0025])


def test_a_run_that_goes_on_ends_as_if_it_had_not_been_interrupted(discs: Path, tmp_path: Path) -> None:
    run = load_run(discs, ["fit.deterministic=true"])
    whole = train(run, tmp_path / "whole")
    out = tmp_path / "parts"
    with pytest.raises(KeyboardInterrupt):
        train(run, out, callbacks=[Stop(2)])
    with pytest.raises(KeyboardInterrupt):
        train(run, out, resume=True, callbacks=[Stop(4)])
    resumed = train(run, out, resume=True)
    assert values(resumed) == values(whole)
    theirs = loaded(whole.model_file).get_weights()
    ours = loaded(resumed.model_file).get_weights()
    assert all((a == b).all() for a, b in zip(ours, theirs, strict=True))


@thorough
def test_a_finished_run_goes_on_with_more_epochs_and_with_nothing_else(discs: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    constant = ["fit.schedule=constant", "fit.epochs=1"]
    first = train(load_run(discs, constant), out)
    with pytest.raises(UnetgenError, match="holds a run of 1 epoch; --resume goes on"):
        train(load_run(discs, constant), out)
    longer = train(load_run(discs, [*constant, "fit.epochs=2"]), out, resume=True)
    assert longer.history.rows[0] == first.history.rows[0]
    assert len(longer.history.rows) == 2
    with pytest.raises(UnetgenError, match="begun with another run"):
        train(load_run(discs, [*constant, "fit.batch_size=2"]), out, resume=True)
    with pytest.raises(UnetgenError, match="holds a run of 2 epochs; --resume goes on"):
        train(load_run(discs, constant), out)
    with pytest.raises(UnetgenError, match="to go on with"):
        train(load_run(discs, constant), tmp_path / "other", resume=True)


@thorough
def test_training_ends_where_it_does_not_become_better(discs: Path, tmp_path: Path) -> None:
    still = ["model.compile.optimizer.learning_rate=1e-12", "fit.schedule=constant", "fit.patience=2"]
    trained = train(load_run(discs, [*still, "fit.epochs=9"]), tmp_path / "out")
    assert len(trained.history.rows) < 9


def test_one_changed_pixel_is_found_by_its_lock(discs: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    train(load_run(discs, ["fit.epochs=1"]), out)
    lock = out / "unetgen.lock.json"
    assert check_lock(lock).problems == ()
    file = discs.parent / "images/disc3.png"
    content = bytearray(file.read_bytes())
    from PIL import Image

    with Image.open(io.BytesIO(content)) as picture:
        pixels = np.array(picture)
    pixels[3, 4] ^= 1
    Image.fromarray(pixels).save(file)
    assert check_lock(lock, build=False).problems == ("images/disc3.png: has changed since the run read it",)
    file.unlink()
    assert check_lock(lock, build=False).problems == ("images/disc3.png: is missing; the run read it",)


def test_all_problems_of_the_data_are_told_and_nothing_is_trained(discs: Path, tmp_path: Path) -> None:
    (discs.parent / "masks/disc1.png").unlink()
    (discs.parent / "images/disc2.png").write_bytes(b"no picture")
    with pytest.raises(ConfigError) as told:
        train(load_run(discs), tmp_path / "out")
    assert "disc1" in str(told.value) and "disc2" in str(told.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("dims", "data_format"),
    sampled(product((1, 3), ("channels_first", "channels_last")), {(3, "channels_first")}),
)
def test_networks_of_any_axes_and_data_format_learn(dims: int, data_format: str, tmp_path: Path) -> None:
    random, channels = np.random.default_rng(0), 1 if dims == 1 else 2
    for number in range(3):
        shape = (20, 14, 12)[:dims]
        mask = np.zeros(shape, "uint8")
        mask[tuple(slice(4, 10) for _ in shape)] = 1
        image = mask + random.normal(0, 0.2, shape)
        values = np.stack([image, -image], -1) if channels > 1 else image
        for folder, array in (("images", values), ("masks", mask)):
            (tmp_path / folder).mkdir(exist_ok=True)
            np.save(tmp_path / folder / f"case{number}.npy", array)
    (tmp_path / "run.yaml").write_text(
        f"model: {{input: {{shape: {[8] * dims}, channels: {channels}, data_format: {data_format}}}, "
        "depth: 2, base_filters: 4, num_classes: 2, compile: {optimizer: {kind: adam, "
        "learning_rate: 1.0e-2}}}\n"
        "fit: {epochs: 2, batch_size: 2, steps: 6}\n"
    )
    trained = train(load_run(tmp_path / "run.yaml"), tmp_path / "out")
    assert trained.history.rows[1]["loss"] < trained.history.rows[0]["loss"]
    model = loaded(trained.model_file)
    x = random.standard_normal((1, *model.input_shape[1:])).astype("float32")
    assert np.isfinite(called(model, x)[0]).all()
