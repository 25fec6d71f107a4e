"""Ignored classes, sample weights, class weights and positive weights in every loss and metric.

The oracles, `tests/weighted.py`, are loops in NumPy over the positions that count.
"""

from __future__ import annotations

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from tests.tiers import sampled
from tests.weighted import LOSS_ORACLES, METRIC_ORACLES, Batch
from unetgen.parts.training import LOSSES, METRICS, OutputContext, Training

pytest.importorskip("keras")

Array = np.ndarray
CLASSES = 3
CLASS_WEIGHTS = [0.5, 1.0, 3.0]
SHAPES = {1: (4, 7), 2: (4, 5, 2), 3: (4, 2, 3, 5)}  # the batch first; no size equals the number of classes


SPARSE_TOO = ("dice", "generalized_dice", "tversky", "focal_tversky", "mean_iou")
"""What takes class numbers under `sparse: true`."""


def test_there_is_an_oracle_for_every_loss_and_metric() -> None:
    assert LOSS_ORACLES.keys() == LOSSES.keys()
    assert METRIC_ORACLES.keys() == METRICS.keys()


@dataclass(frozen=True)
class Scenario:
    ignore: int | None = None
    weight: str = "none"  # none | sample | column | position | channel
    share: float = 0.4

    def labels(self, shape: tuple[int, ...]) -> Array:
        labels = np.random.default_rng(1).integers(0, CLASSES, shape)
        if self.ignore is not None:
            labels[np.random.default_rng(2).random(shape) < self.share] = self.ignore
            labels[-1] = self.ignore  # a sample that is ignored as a whole
        return labels

    def weights(self, shape: tuple[int, ...], axis: int) -> tuple[Array | None, Array]:
        """As `fit` is given it, and with a value for every position."""
        random = np.random.default_rng(3)
        of_samples = np.array([2.0, 0.0, 0.5, 1.0], "float32")
        of_positions = random.uniform(0, 2, shape).astype("float32")
        of_positions[1] = 0  # a whole sample, and some of each
        of_positions[random.random(shape) < 0.2] = 0
        spread = np.broadcast_to(of_samples.reshape(-1, *[1] * (len(shape) - 1)), shape)
        return {
            "none": (None, np.ones(shape)),
            "sample": (of_samples, spread),
            "column": (of_samples[:, None], spread),
            "position": (of_positions, of_positions),
            "channel": (np.expand_dims(of_positions, axis), of_positions),
        }[self.weight]


SCENARIOS = {
    "none": Scenario(),
    "ignore": Scenario(255),
    "ignore_negative": Scenario(-1, share=0.9),
    "ignore_a_class": Scenario(0),
    "samples": Scenario(weight="sample"),
    "samples_column": Scenario(weight="column"),
    "positions": Scenario(weight="position"),
    "both": Scenario(255, "position"),
    "both_channel": Scenario(255, "channel"),
    "ignore_samples": Scenario(255, "sample"),
}
FIRST = ("none", "ignore", "samples", "positions", "both")
OPTIONS: list[dict[str, Any]] = [
    *({"kind": kind} for kind in LOSSES),
    *({"kind": kind, "class_weights": CLASS_WEIGHTS} for kind in LOSSES),
    *({"kind": kind, "sparse": True} for kind in LOSSES if kind in SPARSE_TOO),
    {"kind": "binary_crossentropy", "positive_weight": 9.0},
    {"kind": "binary_crossentropy", "positive_weight": [2.0, 9.0, 0.5], "class_weights": CLASS_WEIGHTS},
    {"kind": "binary_focal_crossentropy", "positive_weight": [2.0, 9.0, 0.5]},
]


def given(labels: Array, sparse: bool, axis: int, ignore: int | None) -> Array:
    """The targets as a data set has them."""
    if sparse:
        return labels
    one_hot = np.eye(CLASSES, dtype="float32")[np.clip(labels, 0, CLASSES - 1)]
    if ignore is not None and not 0 <= ignore < CLASSES:
        one_hot[labels == ignore] = ignore
    return np.moveaxis(one_hot, -1, axis)


def batch_of(labels: Array, w: Array, options: dict[str, Any], ignore: int | None) -> Batch:
    scores = np.random.default_rng(4).normal(size=(*labels.shape, CLASSES))
    p = (np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)).astype("float32").astype("float64")
    valid = np.ones(labels.shape, bool) if ignore is None else labels != ignore
    return Batch(
        np.eye(CLASSES)[np.clip(labels, 0, CLASSES - 1)], p, w.astype("float64"), valid,
        np.array(options.get("class_weights") or [1.0] * CLASSES),
        np.broadcast_to(options.get("positive_weight") or 1.0, CLASSES),
    )  # fmt: skip


@pytest.mark.parametrize("dims", sampled(list(SHAPES), [2]))
@pytest.mark.parametrize("name", sampled(list(SCENARIOS), FIRST))
def test_a_loss_is_that_of_numpy_in_both_formats(name: str, dims: int, construct: Any) -> None:
    shape, scenario = SHAPES[dims], SCENARIOS[name]
    labels = scenario.labels(shape)
    for options in OPTIONS:
        training = Training.model_validate({"loss": options, "ignore_class": scenario.ignore})
        sparse = training.losses(OutputContext(CLASSES, -1, "sigmoid"))[0].targets == "indices"
        for axis in (-1, 1):
            weight, w = scenario.weights(shape, axis)
            batch = batch_of(labels, w, options, scenario.ignore)
            arguments = training.compile_arguments(OutputContext(CLASSES, axis, "sigmoid"))
            y = given(labels, sparse, axis, scenario.ignore)
            p = np.moveaxis(batch.p.astype("float32"), -1, axis)
            value = float(construct(arguments["loss"])(y, p, sample_weight=weight))
            assert value == pytest.approx(LOSS_ORACLES[options["kind"]](batch), rel=2e-5), (options, axis)


METRIC_OPTIONS: list[dict[str, Any]] = [
    *({"kind": kind} for kind in METRICS),
    *({"kind": kind, "sparse": True} for kind in METRICS if kind in SPARSE_TOO),
]


@pytest.mark.parametrize("dims", sampled(list(SHAPES), [2]))
@pytest.mark.parametrize("name", sampled(list(SCENARIOS), FIRST))
def test_a_metric_is_that_of_numpy_in_both_formats(name: str, dims: int, construct: Any) -> None:
    shape, scenario = SHAPES[dims], SCENARIOS[name]
    labels = scenario.labels(shape)
    for options in METRIC_OPTIONS:
        training = Training.model_validate({"metrics": [options], "ignore_class": scenario.ignore})
        sparse = training.metrics[0].targets == "indices"
        for axis in (-1, 1):
            weight, w = scenario.weights(shape, axis)
            batch = batch_of(labels, w, {}, scenario.ignore)
            (call,) = training.metric_calls(OutputContext(CLASSES, axis, "sigmoid"))
            metric = construct(call)
            y, p = given(labels, sparse, axis, scenario.ignore), np.moveaxis(batch.p, -1, axis)
            for part in (slice(0, 1), slice(1, None)):  # two batches
                metric.update_state(y[part], p[part], None if weight is None else weight[part])
            expected = METRIC_ORACLES[options["kind"]](batch)
            assert float(metric.result()) == pytest.approx(expected, rel=2e-5), (options, axis)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_a_batch_that_is_ignored_as_a_whole_has_loss_and_gradient_zero(
    options: dict[str, Any], construct: Any
) -> None:
    import tensorflow

    training = Training.model_validate({"loss": options, "ignore_class": 255})
    context = OutputContext(CLASSES, -1, "sigmoid")
    sparse = training.losses(context)[0].targets == "indices"
    labels = np.full(SHAPES[2], 255)
    p = np.zeros((*labels.shape, CLASSES), "float32")
    p[..., 0] = 1  # where a logarithm is at its end
    for weight in (None, np.zeros(len(labels)), np.zeros(labels.shape)):
        for numbers in (labels, np.zeros_like(labels)) if weight is not None else (labels,):
            variable = tensorflow.Variable(p)
            with tensorflow.GradientTape() as tape:
                loss = construct(training.compile_arguments(context)["loss"])
                value = loss(given(numbers, sparse, -1, 255), variable, sample_weight=weight)
            assert float(value) == 0
            assert not np.asarray(tensorflow.convert_to_tensor(tape.gradient(value, variable))).any()


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_weights_scale_a_loss_and_an_ignored_position_is_not_there(
    options: dict[str, Any], construct: Any
) -> None:
    training = Training.model_validate({"loss": options, "ignore_class": 255})
    context = OutputContext(CLASSES, -1, "sigmoid")
    sparse = training.losses(context)[0].targets == "indices"
    loss = construct(training.compile_arguments(context)["loss"])
    labels = np.random.default_rng(1).integers(0, CLASSES, SHAPES[2])
    batch = batch_of(labels, np.ones(labels.shape), {}, None)
    p = batch.p.astype("float32")
    plain = float(loss(given(labels, sparse, -1, 255), p))
    for weight in (np.full(len(labels), 2.0), np.full(labels.shape, 2.0)):
        doubled = float(loss(given(labels, sparse, -1, 255), p, sample_weight=weight))
        assert doubled == pytest.approx(2 * plain, rel=1e-5)
    void = labels.copy()
    void[:, 2:] = 255
    void[0] = 255
    kept = float(loss(given(labels[1:, :2], sparse, -1, 255), p[1:, :2]))
    assert float(loss(given(void, sparse, -1, 255), p)) == pytest.approx(kept, rel=1e-5)


def test_masks_of_a_single_class_may_leave_out_the_class_axis(construct: Any) -> None:
    mask = np.random.default_rng(0).integers(0, 2, SHAPES[2])
    mask[:, 0] = 255
    p = np.random.default_rng(1).uniform(0.1, 0.9, (*SHAPES[2], 1)).astype("float32")
    for kind in LOSSES:
        training = Training.model_validate({"loss": kind, "ignore_class": 255})
        if training.losses(OutputContext(1, -1, "sigmoid"))[0].targets == "indices":
            continue
        for axis in (-1, 1):
            (part,) = training.losses(OutputContext(1, axis, "sigmoid"))
            loss = construct(part.call(OutputContext(1, axis, "sigmoid", ignore_class=255)))
            out = np.moveaxis(p, -1, axis)
            assert float(loss(mask, out)) == float(loss(np.expand_dims(mask, axis), out)), kind
    for kind in ("binary_accuracy", "dice", "mean_iou", "mean_squared_error"):
        for axis in (-1, 1):
            training = Training.model_validate({"metrics": [kind], "ignore_class": 255})
            values = []
            for y in (mask, np.expand_dims(mask, axis)):
                metric = construct(training.metric_calls(OutputContext(1, axis, "sigmoid"))[0])
                metric.update_state(y, np.moveaxis(p, -1, axis))
                values.append(float(metric.result()))
            assert values[0] == values[1] > 0, kind
