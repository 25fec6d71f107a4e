"""Calls of losses and metrics, built with the real Keras, give the same value in both data formats."""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest

from unetgen.parts.training import LOSSES, METRICS, OutputContext, Training

keras = pytest.importorskip("keras")
pytest.importorskip("unetgen.layers")

CLASSES = 3
SHAPE = (2, 5, 7)  # no size equals the number of classes
WEIGHTS = [0.5, 1.0, 3.0]
OPTIONS: list[dict[str, Any]] = [
    *({"kind": name} for name in LOSSES),
    *({"kind": f"{kind}crossentropy", "class_weights": WEIGHTS} for kind in
      ("categorical_", "binary_", "sparse_categorical_", "categorical_focal_", "binary_focal_")),
    *({"kind": kind, "class_weights": WEIGHTS, "include_background": False, "sparse": True} for kind in
      ("dice", "tversky", "focal_tversky")),
    {"kind": "categorical_crossentropy", "label_smoothing": 0.1},
    {"kind": "categorical_focal_crossentropy", "label_smoothing": 0.1, "alpha": 1.0},
    {"kind": "binary_crossentropy", "label_smoothing": 0.1},
    {"kind": "binary_focal_crossentropy", "apply_class_balancing": True, "alpha": 0.6},
    {"kind": "sparse_categorical_crossentropy", "ignore_class": 0},
    {"kind": "dice", "squared": True, "per_sample": False},
    {"kind": "generalized_dice", "sparse": True},
    {"kind": "huber", "delta": 0.1, "weight": 3.0},
]  # fmt: skip
METRIC_OPTIONS: list[dict[str, Any]] = [
    *({"kind": name} for name in METRICS),
    {"kind": "dice", "per_class": True},
    {"kind": "dice", "class_index": 1, "sparse": True},
    {"kind": "mean_iou", "sparse": True},
    {"kind": "binary_accuracy", "threshold": 0.3},
]


def data(activation: str, sparse: bool, classes: int = CLASSES) -> tuple[Any, Any]:
    """Targets and outputs, channels last."""
    random = np.random.default_rng(0)
    scores = random.normal(size=(*SHAPE, classes)).astype("float32")
    labels = random.integers(0, max(classes, 2), SHAPE)
    output = {
        "softmax": np.exp(scores) / np.exp(scores).sum(-1, keepdims=True),
        "sigmoid": 1 / (1 + np.exp(-scores)),
        "linear": scores,
    }[activation]
    if sparse:
        return labels[..., None].astype("int32"), output
    return (np.eye(classes)[labels] if classes > 1 else labels[..., None]).astype("float32"), output


def first(array: Any) -> Any:
    return np.moveaxis(array, -1, 1)


ACTIVATIONS = ("softmax", "sigmoid", "linear")
FITTING = [
    pytest.param(options, activation, id=f"{options}-{activation}")
    for options in OPTIONS
    for activation in ACTIVATIONS
    if not Training.model_validate({"loss": options}).problems(OutputContext(CLASSES, -1, activation))
]


@pytest.mark.parametrize(("options", "activation"), FITTING)
def test_a_loss_has_one_value_in_both_data_formats(
    options: dict[str, Any], activation: str, construct: Any
) -> None:
    last, chan = (OutputContext(CLASSES, axis, activation) for axis in (-1, 1))
    training = Training.model_validate({"loss": options})
    (loss,) = training.losses(last)
    true, output = data(activation, sparse=loss.targets == "indices")
    here = construct(training.compile_arguments(last)["loss"])(true, output)
    there = construct(training.compile_arguments(chan)["loss"])(first(true), first(output))
    assert np.isfinite(float(here))
    np.testing.assert_allclose(float(here), float(there), rtol=2e-5)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("options", METRIC_OPTIONS, ids=str)
def test_a_metric_has_one_value_in_both_data_formats(
    options: dict[str, Any], activation: str, construct: Any
) -> None:
    last, chan = (OutputContext(CLASSES, axis, activation) for axis in (-1, 1))
    sparse = "sparse" in str(options)
    loss = {"kind": "sparse_categorical_crossentropy"} if sparse else {"kind": "mean_squared_error"}
    training = Training.model_validate({"loss": loss, "metrics": [options]})
    assert training.problems(last) == []
    true, output = data(activation, sparse)
    for left, right in zip(training.metric_calls(last), training.metric_calls(chan), strict=True):
        here, there = construct(left), construct(right)
        here.update_state(true, output)
        there.update_state(first(true), first(output))
        assert here.name == there.name == left.arguments["name"]
        np.testing.assert_allclose(float(here.result()), float(there.result()), rtol=1e-5)


@pytest.mark.parametrize("kind", ["categorical_crossentropy", "binary_crossentropy"])
def test_a_linear_head_trains_as_the_head_with_its_activation(kind: str, construct: Any) -> None:
    activation = "softmax" if kind == "categorical_crossentropy" else "sigmoid"
    values = []
    for name in (activation, "linear"):
        context = OutputContext(CLASSES, 1, name)
        true, output = data(name, sparse=False)
        loss = construct(Training.model_validate({"loss": kind}).compile_arguments(context)["loss"])
        values.append(float(loss(first(true), first(output))))
    np.testing.assert_allclose(values[0], values[1], rtol=1e-5)


@pytest.mark.parametrize("metric", ["dice", "mean_iou", "binary_accuracy"])
def test_with_one_class_a_linear_head_decides_as_a_sigmoid_head(metric: str, construct: Any) -> None:
    values = []
    for name in ("sigmoid", "linear"):
        true, output = data(name, sparse=False, classes=1)
        (call,) = Training.model_validate({"metrics": [metric]}).metric_calls(OutputContext(1, -1, name))
        made = construct(call)
        made.update_state(true, output)
        values.append(float(made.result()))
    assert 0 < values[0] < 1
    np.testing.assert_allclose(values[0], values[1], rtol=1e-6)


@pytest.mark.parametrize("axis", [1, -1])
def test_with_one_class_mean_iou_is_that_of_the_foreground(axis: int, construct: Any) -> None:
    true, output = data("sigmoid", sparse=False, classes=1)
    (call,) = Training.model_validate({"metrics": ["mean_iou"]}).metric_calls(
        OutputContext(1, axis, "sigmoid")
    )
    made = construct(call)
    made.update_state(*((first(true), first(output)) if axis == 1 else (true, output)))
    decided = output >= 0.5
    both, either = (decided & (true > 0)).sum(), (decided | (true > 0)).sum()
    np.testing.assert_allclose(float(made.result()), both / either, rtol=1e-6)


def test_several_losses_are_added_by_their_weights(construct: Any) -> None:
    context = OutputContext(CLASSES, -1, "softmax")
    true, output = data("softmax", sparse=False)

    def value(loss: Any) -> float:
        section = Training.model_validate({"loss": loss})
        return float(construct(section.compile_arguments(context)["loss"])(true, output))

    total = value([{"kind": "dice", "weight": 0.5}, {"kind": "categorical_crossentropy", "weight": 2}])
    np.testing.assert_allclose(total, 0.5 * value("dice") + 2 * value("categorical_crossentropy"), rtol=1e-5)
    np.testing.assert_allclose(value({"kind": "dice", "weight": 3}), 3 * value("dice"), rtol=1e-5)


def test_dice_per_class_logs_each_class_and_the_mean() -> None:
    training = Training.model_validate({"metrics": [{"kind": "dice", "per_class": True}]})
    calls = training.metric_calls(OutputContext(CLASSES, 1, "softmax"))
    assert [call.arguments["name"] for call in calls] == ["dice_0", "dice_1", "dice_2", "dice"]


@pytest.mark.parametrize("axis", [1, -1])
def test_a_model_compiles_trains_and_logs_with_it(axis: int, construct: Any) -> None:
    context = OutputContext(CLASSES, axis, "softmax")
    section = {
        "loss": ["dice", "categorical_crossentropy"],
        "optimizer": {"kind": "adamw", "learning_rate": {
            "kind": "cosine_decay", "initial_learning_rate": 0.01, "decay_steps": 10}},
        "metrics": ["categorical_accuracy", {"kind": "dice", "per_class": True}, "mean_iou"],
    }  # fmt: skip
    arguments = Training.model_validate(section).compile_arguments(context)
    model = keras.Sequential(
        [keras.Input((4, 4, 3) if axis == -1 else (3, 4, 4)), keras.layers.Softmax(axis)]
    )
    model.compile(**{key: construct(value) for key, value in arguments.items()})
    true, output = data("softmax", sparse=False)
    true, output = (array[:, :4, :4] if axis == -1 else first(array[:, :4, :4]) for array in (true, output))
    logs = model.evaluate(output, true, verbose=0, return_dict=True)
    assert set(logs) == {"loss", "categorical_accuracy", "dice_0", "dice_1", "dice_2", "dice", "mean_iou"}
