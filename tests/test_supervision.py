"""One target a task trains every output of it; the losses and metrics are those that NumPy finds."""

from __future__ import annotations

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import unetgen
from tests.tiers import sampled
from unetgen.layers import SupervisedModel

Array = np.ndarray
SHAPES = {1: (16,), 2: (8, 12), 3: (8, 4, 4)}
FORMATS = ("channels_last", "channels_first")
CLASSES = 3
STEPS: list[dict[str, Any]] = [{}, {"run_eagerly": True}, {"jit_compile": True}]
"""How a step of training may run, as options of `compile`."""


def build(dims: int, data_format: str, *overrides: str) -> keras.Model:
    fixed = (
        f"input={{shape: {list(SHAPES[dims])}, data_format: {data_format}}}", "depth=3", "base_filters=2",
        "conv_widths=[1]", "norm=none", f"num_classes={CLASSES}", "compile={loss: null, metrics: [dice]}",
        "up=nearest",
    )  # fmt: skip
    return unetgen.build(unetgen.load("quickstart2d", [*fixed, *overrides]))


def moved(array: Array, data_format: str) -> Array:
    return np.moveaxis(array, -1, 1) if data_format == "channels_first" else array


def inputs(dims: int, data_format: str = "channels_last", batch: int = 4) -> Array:
    x = np.random.default_rng(0).normal(size=(batch, *SHAPES[dims], 1)).astype("float32")
    return moved(x, data_format)


def labels(spatial: Sequence[int], classes: int = CLASSES, batch: int = 4) -> Array:
    return np.random.default_rng(1).integers(classes, size=(batch, *spatial))


def every(array: Array, step: int, dims: int) -> Array:
    return array[(slice(None), *[slice(None, None, step)] * dims)]


def crossentropies(numbers: Array, p: Array) -> Array:
    """Of each position, channels last."""
    return -np.log(np.take_along_axis(p.astype("float64"), numbers[..., None], -1)[..., 0])


def predicted(model: keras.Model, x: Array, data_format: str = "channels_last") -> list[Array]:
    found = [np.asarray(p) for p in model(x, training=False)]
    return [np.moveaxis(p, 1, -1) if data_format == "channels_first" else p for p in found]


DEEP = "head.deep_supervision={levels: 2, weights: [0.7, 0.2, 0.1]}"
SPARSE = "compile={loss: sparse_categorical_crossentropy, metrics: [{kind: dice, sparse: true}]}"


FORMS = ("one_hot", "numbers", "numbers_with_channel")
CASES = [
    (dims, data_format, FORMS[(dims + index + shift) % 3])
    for dims in SHAPES
    for index, data_format in enumerate(FORMATS)
    for shift in ((0, 1) if dims == 2 else (0,))
]


@pytest.mark.parametrize(("dims", "data_format", "form"), CASES)
def test_one_target_trains_every_level(dims: int, data_format: str, form: str) -> None:
    model = build(dims, data_format, DEEP, *([] if form == "one_hot" else [SPARSE]))
    numbers, x = labels(SHAPES[dims]), inputs(dims, data_format)
    y = {
        "one_hot": moved(np.eye(CLASSES, dtype="float32")[numbers], data_format),
        "numbers": numbers,
        "numbers_with_channel": moved(numbers[..., None], data_format),
    }[form]
    model.run_eagerly = True  # a step without tracing
    logs = model.evaluate(x, y, batch_size=4, verbose=0, return_dict=True)
    outputs = predicted(model, x, data_format)
    losses = [
        crossentropies(every(numbers, step, dims), p).mean()
        for step, p in zip((1, 2, 4), outputs, strict=True)
    ]
    assert logs.keys() == {"loss", "dice"}
    np.testing.assert_allclose(logs["loss"], np.dot([0.7, 0.2, 0.1], losses), rtol=1e-6)
    assert logs["dice"] == pytest.approx(dice(numbers, outputs[0]), rel=1e-5)


def dice(numbers: Array, p: Array) -> float:
    """The mean over the classes, of decided classes over all positions."""
    decided = p.argmax(-1)
    both = [((decided == c) & (numbers == c)).sum() for c in range(CLASSES)]
    alone = [(decided == c).sum() + (numbers == c).sum() for c in range(CLASSES)]
    return float(np.mean([2 * b / a for b, a in zip(both, alone, strict=True)]))


@pytest.mark.parametrize("step", sampled(STEPS, [{}, {"run_eagerly": True}]), ids=str)
def test_fit_lowers_the_loss_on_one_target_and_logs_it_once(step: dict[str, Any], tmp_path: Path) -> None:
    model = build(2, "channels_last", "head.deep_supervision=2")
    model.compile(**{**compiled(model), **step})
    x, y = inputs(2), np.eye(CLASSES, dtype="float32")[labels(SHAPES[2])]
    history = model.fit(x, y, epochs=3, batch_size=2, validation_data=(x, y), verbose=0).history
    assert history.keys() == {"loss", "dice", "val_loss", "val_dice"}
    assert history["val_loss"][-1] < history["val_loss"][0]
    assert model.metrics_names[0] == "loss"
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert type(again) is SupervisedModel
    logs = model.evaluate(x, y, verbose=0, return_dict=True)
    assert again.evaluate(x, y, verbose=0, return_dict=True) == logs
    assert again.train_on_batch(x, y)[0] == pytest.approx(model.train_on_batch(x, y)[0], rel=1e-6)


def compiled(model: keras.Model) -> dict[str, Any]:
    return {
        "optimizer": "adam",
        "loss": model.loss,
        "loss_weights": [4 / 7, 2 / 7, 1 / 7],
        "metrics": [unetgen.layers.DiceCoefficient(CLASSES, name="dice")],
    }


def test_a_list_of_all_targets_and_a_dataset_give_what_one_target_gives() -> None:
    import tensorflow

    model = build(2, "channels_last", DEEP)
    x, y = inputs(2), np.eye(CLASSES, dtype="float32")[labels(SHAPES[2])]
    wanted = pytest.approx(model.evaluate(x, y, verbose=0), rel=1e-6)
    model.run_eagerly = True
    for given in ([every(y, step, 2) for step in (1, 2, 4)], [y], {"main": y}):
        assert model.evaluate(x, given, verbose=0) == wanted
    data = tensorflow.data.Dataset.from_tensor_slices((x, y)).batch(2)
    model.run_eagerly = False
    assert model.evaluate(data, verbose=0) == wanted
    unknown = tensorflow.data.Dataset.from_generator(
        lambda: ((x[i : i + 2], y[i : i + 2]) for i in (0, 2)),
        output_signature=(tensorflow.TensorSpec([None, 8, 12, 1]), tensorflow.TensorSpec([None] * 4)),
    )
    assert model.evaluate(unknown, verbose=0) == wanted


def test_too_many_targets_are_refused() -> None:
    model = build(2, "channels_last", DEEP)
    x, y = inputs(2), np.eye(CLASSES, dtype="float32")[labels(SHAPES[2])]
    with pytest.raises(ValueError, match=r"^y: must be one array, or .* 3 outputs \(got '2 arrays'\)"):
        model.evaluate(x, [y, y], verbose=0)
    with pytest.raises(ValueError, match=r"\(got \['edges'\]\); the keys are main"):
        model.evaluate(x, {"edges": y}, verbose=0)


def test_weights_of_positions_follow_the_targets_and_those_of_samples_stay() -> None:
    model = build(2, "channels_last", DEEP)
    numbers, x = labels(SHAPES[2]), inputs(2)
    y = np.eye(CLASSES, dtype="float32")[numbers]
    w = np.random.default_rng(2).uniform(size=numbers.shape).astype("float32")
    outputs = predicted(model, x)
    model.run_eagerly = True
    for given, used in ((w, w), (w[:, :1, :1], np.broadcast_to(w[:, :1, :1], w.shape))):
        loss = model.evaluate(x, y, sample_weight=given, batch_size=4, verbose=0)[0]
        losses = [
            (every(used, step, 2) * crossentropies(every(numbers, step, 2), p)).mean()
            for step, p in zip((1, 2, 4), outputs, strict=True)
        ]
        np.testing.assert_allclose(loss, np.dot([0.7, 0.2, 0.1], losses), rtol=1e-5)


def test_sizes_that_do_not_divide_take_the_positions_below() -> None:
    odd = ("input.shape=[14,10]", "resize=resize_to_skip", DEEP)
    model = build(2, "channels_last", *odd)
    numbers = labels((14, 10))
    x = np.random.default_rng(0).normal(size=(4, 14, 10, 1)).astype("float32")
    loss = model.evaluate(x, np.eye(CLASSES, dtype="float32")[numbers], batch_size=4, verbose=0)[0]
    outputs = predicted(model, x)
    assert outputs[2].shape[1:3] == (3, 2)
    thin = numbers[:, [0, 4, 9]][:, :, [0, 5]]  # floor(i * 14 / 3), floor(i * 10 / 2)
    losses = [
        crossentropies(t, p).mean()
        for t, p in zip((numbers, every(numbers, 2, 2), thin), outputs, strict=True)
    ]
    np.testing.assert_allclose(loss, np.dot([0.7, 0.2, 0.1], losses), rtol=1e-6)


TASKS = (
    "tasks=[{name: edges, num_classes: 1, decoder: own, loss_weight: 0.5, metrics: [binary_accuracy]},"
    "{name: kind, num_classes: 4, loss: sparse_categorical_crossentropy}]"
)


@pytest.mark.parametrize(("data_format", "deep"), [("channels_first", True), ("channels_last", False)])
def test_every_task_has_its_own_target_loss_and_metrics(data_format: str, deep: bool, tmp_path: Path) -> None:
    model = build(2, data_format, TASKS, *([DEEP] if deep else []))
    x, numbers = inputs(2, data_format), labels(SHAPES[2])
    edges, kind = labels(SHAPES[2], 2)[..., None].astype("float32"), labels(SHAPES[2], 4)
    y = {
        "main": moved(np.eye(CLASSES, dtype="float32")[numbers], data_format),
        "edges": moved(edges, data_format),
        "kind": kind,
    }
    logs = model.evaluate(x, y, batch_size=4, verbose=0, return_dict=True)
    *mains, p_edges, p_kind = predicted(model, x, data_format)
    losses = [
        crossentropies(every(numbers, step, 2), p).mean() for step, p in zip((1, 2, 4), mains, strict=False)
    ]
    p = p_edges.astype("float64")
    of_edges = -(edges * np.log(p) + (1 - edges) * np.log(1 - p)).mean()
    of_kind = crossentropies(kind, p_kind).mean()
    wanted = {
        "loss": np.dot([0.7, 0.2, 0.1] if deep else [1], losses) + 0.5 * of_edges + of_kind,
        "main_loss": losses[0],
        "edges_loss": of_edges,
        "kind_loss": of_kind,
        "main_dice": dice(numbers, mains[0]),
        "edges_binary_accuracy": ((p > 0.5) == edges).mean(),
    }
    assert logs.keys() == wanted.keys()
    for name, value in wanted.items():
        assert logs[name] == pytest.approx(value, rel=1e-5), name
    model.optimizer.build(model.trainable_variables)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert again.evaluate(x, list(y.values()), batch_size=4, verbose=0, return_dict=True) == logs
    history = again.fit(x, y, epochs=2, verbose=0).history
    assert history["loss"][1] < history["loss"][0]


def test_tasks_need_one_target_each() -> None:
    model = build(2, "channels_last", TASKS)
    with pytest.raises(ValueError, match=r"one array for each of the tasks \['main', 'edges', 'kind'\]"):
        model.evaluate(inputs(2), np.eye(CLASSES, dtype="float32")[labels(SHAPES[2])], verbose=0)
