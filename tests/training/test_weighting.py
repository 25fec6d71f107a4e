"""Class weights of a run: a step's loss by hand, and what of them is kept, told and gone on with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.tiers import sampled, thorough
from tests.training.conftest import RUN
from unetgen.errors import UnetgenError
from unetgen.model.batches import targets
from unetgen.model.building import build_model
from unetgen.model.loading import known_design
from unetgen.model.reproducing import check_lock
from unetgen.model.running import called, give_random_weights
from unetgen.runs.loader import load_run
from unetgen.runs.weighted import weighted
from unetgen.training.data_set import data_set
from unetgen.training.feeding import PatchBatches
from unetgen.training.fitting import train

Array = np.ndarray[Any, Any]
WEIGHTS = (0.25, 3.0, 1.5)


def crossentropy(p: Array, labels: Array, weights: tuple[float, ...], ignored: int = -1) -> float:
    """``sum(w[t] * -log p[t]) / n`` over the positions that are not ignored; `p` with the classes last."""
    known = labels != ignored
    true = np.where(known, labels, 0)
    losses = -np.log(np.take_along_axis(p, true[..., None], -1)[..., 0]) * np.array(weights)[true]
    return float(losses[known].mean())


def dice(p: Array, labels: Array, weights: tuple[float, ...]) -> float:
    """One minus the weighted mean over the classes, sample by sample."""
    t = np.eye(len(weights))[labels]
    axes = tuple(range(1, p.ndim - 1))
    of_classes = (2 * (t * p).sum(axes) + 1e-5) / (t.sum(axes) + p.sum(axes) + 1e-5)
    return float(np.mean(1 - of_classes @ np.array(weights) / sum(weights)))


def by_hand(name: str, outputs: list[Array], labels: Array) -> float:
    p = outputs[0]
    if name == "sum":
        return crossentropy(p, labels, WEIGHTS) + dice(p, labels, WEIGHTS)
    if name == "volume":
        return crossentropy(p, labels, WEIGHTS, ignored=255)
    if name == "one class":  # the weight of what is there, and of what is not
        return crossentropy(np.concatenate([1 - p, p], -1), labels, WEIGHTS[:2])
    smaller = [labels[:, :: 2**level, :: 2**level] for level in range(len(outputs))]  # deep supervision
    each = [crossentropy(p, y, WEIGHTS) for p, y in zip(outputs, smaller, strict=True)]
    return float(np.dot(each, np.array([1, 0.5]) / 1.5))


CASES = {
    "sum": (2, 3, "compile: {loss: [categorical_crossentropy, dice]}"),
    "volume": (3, 3, "compile: {loss: sparse_categorical_crossentropy, ignore_class: 255}"),
    "one class": (2, 1, "compile: {loss: [binary_crossentropy]}"),
    "supervised": (2, 3, "head: {deep_supervision: 1}"),
}


@pytest.mark.parametrize("name", sampled(CASES, {"sum", "one class"}))
def test_a_steps_loss_is_the_one_worked_out_by_hand(name: str, tmp_path: Path) -> None:
    dims, classes, said = CASES[name]
    data_format = "channels_first" if name in ("volume", "supervised") else "channels_last"
    (tmp_path / "run.yaml").write_text(
        f"model: {{input: {{shape: {[8] * dims}, channels: 1, data_format: {data_format}}}, depth: 2, "
        f"base_filters: 3, num_classes: {classes}, {said}}}\n"
    )
    run = load_run(tmp_path / "run.yaml")
    shares = [0.7, 0.2, 0.1] if classes > 1 else [0.8, 0.2]
    labels = np.random.default_rng(0).choice(len(shares), (2, *[8] * dims), p=shares)
    if name == "volume":
        labels[:, :3] = 255
    weights = dict(zip(("rest", "cell", "wall")[: len(shares)], WEIGHTS, strict=False))
    model = build_model(weighted(run, weights).design)
    give_random_weights(model)
    x = np.random.default_rng(1).normal(size=(2, *model.input_shape[1:])).astype("float32")
    outputs = [np.moveaxis(each, run.design.config.class_axis, -1) for each in called(model, x)]
    expected = by_hand(name, [each.astype("float64") for each in outputs], labels)
    y = targets(run.design.config, run.design.plan, labels)
    stepped = model.fit(x, y, batch_size=2, verbose=0).history["loss"][0]
    assert stepped == pytest.approx(expected, rel=1e-4)


class First(keras.callbacks.Callback):
    """Remembers the weights before the first step."""

    weights: list[Array]

    def on_train_begin(self, logs: object = None) -> None:
        self.weights = self.model.get_weights()


PLAIN = RUN.replace("  dropout: 0.1\n  norm: batch\n", "").replace(
    "steps: 3, schedule: polynomial", "steps: 1, class_weights: inverse"
)


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What runs are fed with, in order."""
    fed: list[Any] = []
    made = PatchBatches.__getitem__

    def remembered(self: PatchBatches, index: int) -> Any:
        fed.append(made(self, index))
        return fed[-1]

    monkeypatch.setattr(PatchBatches, "__getitem__", remembered)
    return fed


def test_a_run_learns_with_its_weights_and_goes_on_with_them(
    tmp_path: Path, discs: Path, batches: list[Any]
) -> None:
    discs.write_text(PLAIN)
    out, first = tmp_path / "out", First()
    run = load_run(discs, ["fit.epochs=1", "fit.frozen=encoder"])
    trained = train(run, out, callbacks=[first])
    data = data_set(run, tmp_path / "again")
    masks = np.concatenate([image.labels.ravel() for image in data.train])
    expected = [0.5 / np.mean(masks == number) for number in (0, 1)]
    assert trained.class_weights == pytest.approx(dict(zip(("background", "disc"), expected, strict=True)))
    model = build_model(run.design)
    model.set_weights(first.weights)
    x, y = batches[-1]
    (p,) = called(model, x)
    assert trained.history.rows[0]["loss"] == pytest.approx(
        crossentropy(p.astype("float64"), y[..., 0], tuple(expected)), rel=1e-4
    )
    kept = keras.models.load_model(trained.model_file)
    assert kept.loss.class_weights == pytest.approx(expected)
    design = known_design(trained.model_file)
    assert design is not None and design.config.digest == run.design.config.digest
    assert check_lock(out / "unetgen.lock.json").problems == ()
    told = f"background {expected[0]:.3g}, disc {expected[1]:.3g}"
    assert f"Class weights: {told}." in (out / "report.html").read_text()

    file, longer = out / "class_weights.json", load_run(discs, ["fit.epochs=2", "fit.frozen=encoder"])
    for wrong in ('{"background": 1.0}', '{"background": 0, "disc": 1}', '{"background": 1, "disc": true}'):
        file.write_text(wrong)
        with pytest.raises(UnetgenError, match="must hold a weight for each of background, disc; without"):
            train(longer, out, resume=True)
    assert not (out / "prepared").exists()
    file.write_text('{"background": 1000.0, "disc": 2000.0}')  # of an unetgen that works them out otherwise
    resumed = train(longer, out, resume=True)
    assert resumed.class_weights == {"background": 1000.0, "disc": 2000.0} == json.loads(file.read_text())
    assert resumed.history.rows[1]["loss"] > 100


@thorough
def test_without_their_file_weights_are_worked_out(tmp_path: Path, discs: Path) -> None:
    discs.write_text(PLAIN)
    trained = train(load_run(discs, ["fit.epochs=1"]), tmp_path / "out")
    (tmp_path / "out/class_weights.json").unlink()
    resumed = train(load_run(discs, ["fit.epochs=2"]), tmp_path / "out", resume=True)
    assert resumed.class_weights == trained.class_weights is not None
    assert (tmp_path / "out/class_weights.json").is_file()
    with pytest.raises(UnetgenError, match="begun with another run"):
        train(load_run(discs, ["fit.epochs=3", "fit.class_weights=enet"]), tmp_path / "out", resume=True)
