"""Every loss and metric with every head and number of classes: right against NumPy, or refused by name.

Losses, metrics and activations are those that the language has today, so that a new one is covered or fails.
"""

from __future__ import annotations

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Any

import keras
import numpy as np
import pytest

import unetgen
from tests.tiers import sampled, thorough
from unetgen.config.loader import from_dict
from unetgen.config.objectives import objectives
from unetgen.emit.keras.construction import construct
from unetgen.parts.activation import FAMILY
from unetgen.parts.training import LOSSES, METRICS, OutputContext, Training

OPTIONS: dict[str, Any] = {"threshold": {"kind": "threshold", "threshold": 0.1, "default_value": 0.0}}
HEADS = [name for name in FAMILY.objects if name != "glu"]
"""All activations; glu is refused before any loss: it halves the channels."""
FIRST = ("softmax", "sigmoid", "linear", "tanh")
CLASSES = (1, 2, 3)
AXES = {"channels_last": -1, "channels_first": 1}


def variants(models: Any) -> list[dict[str, Any]]:
    """Each kind, with each form of targets that it can be told to take."""
    return [
        {"kind": kind, **sparse}
        for kind, model in models.items()
        for sparse in ([{}, {"sparse": True}] if "sparse" in model.model_fields else [{}])
    ]


ALL_LOSSES, ALL_METRICS = variants(LOSSES), variants(METRICS)

# --- what fits, said a second time ---

SHARES, EACH, CLIPPED = {"softmax", "sparsemax"}, {"sigmoid"}, {"hard_sigmoid", "sparse_sigmoid"}
ALL = set(HEADS)
ACROSS = {*SHARES, "log_softmax"}
ONE, SEVERAL = "one class", "several classes"
NONE: set[str] = set()
CATEGORICAL = {ONE: NONE, SEVERAL: SHARES | EACH | {"linear"}}
BINARY = {ONE: EACH | CLIPPED | {"linear"}, SEVERAL: EACH | CLIPPED | {"linear"}}
OVERLAP = {ONE: EACH | CLIPPED, SEVERAL: SHARES | EACH | CLIPPED}
NUMBERS = {ONE: ALL - ACROSS, SEVERAL: ALL}
FITS: dict[str, dict[str, set[str]]] = {
    "categorical_crossentropy": CATEGORICAL,
    "sparse_categorical_crossentropy": CATEGORICAL,
    "categorical_focal_crossentropy": CATEGORICAL,
    "binary_crossentropy": BINARY,
    "binary_focal_crossentropy": BINARY,
    "dice": OVERLAP,
    "generalized_dice": OVERLAP,
    "tversky": OVERLAP,
    "focal_tversky": OVERLAP,
    "mean_squared_error": NUMBERS,
    "mean_absolute_error": NUMBERS,
    "huber": NUMBERS,
}
LARGEST = {ONE: NONE, SEVERAL: ALL}
DECIDED = EACH | CLIPPED | {"linear"}
FITS_METRIC: dict[str, dict[str, set[str]]] = {
    "categorical_accuracy": LARGEST,
    "sparse_categorical_accuracy": LARGEST,
    "binary_accuracy": {ONE: DECIDED, SEVERAL: DECIDED | SHARES},
    "dice": {ONE: DECIDED, SEVERAL: ALL},
    "mean_iou": {ONE: DECIDED, SEVERAL: ALL},
    "mean_squared_error": NUMBERS,
    "mean_absolute_error": NUMBERS,
}


def fits(table: dict[str, dict[str, set[str]]], criterion: dict[str, Any], head: str, classes: int) -> bool:
    if criterion.get("sparse") and classes == 1:
        return False
    return head in table[criterion["kind"]][ONE if classes == 1 else SEVERAL]


def is_sparse(criterion: dict[str, Any]) -> bool:
    return criterion.get("sparse", False) or criterion["kind"].startswith("sparse_")


def problems(head: str, classes: int, **section: Any) -> list[Any]:
    return Training.model_validate(section).problems(OutputContext(classes, -1, head))


@pytest.mark.parametrize("head", HEADS)
def test_a_pair_is_taken_where_both_fit_the_head_and_take_one_form_of_targets(head: str) -> None:
    """And what is refused names its field."""
    for classes, loss, metric in product(CLASSES, ALL_LOSSES, ALL_METRICS):
        right = (
            fits(FITS, loss, head, classes)
            and fits(FITS_METRIC, metric, head, classes)
            and is_sparse(loss) == is_sparse(metric)
        )
        found = problems(head, classes, loss=loss, metrics=[metric])
        assert right == (not found), (classes, loss, metric, [str(problem) for problem in found])
        for problem in found:
            assert problem.path[:1] in [("loss",), ("metrics",)] or head in ACROSS
            assert problem.hint


# --- the same through whole configs, and the values ---


def loaded(head: str, classes: int, data_format: str, **section: Any) -> Any:
    data: dict[str, Any] = {
        "input": {"shape": [4, 6], "channels": 2, "data_format": data_format},
        "depth": 2, "base_filters": 2, "num_classes": classes, "compile": section,
        "head": {"activation": OPTIONS.get(head, head)},
    }  # fmt: skip
    return from_dict(data)


@cache
def outputs(head: str, classes: int, data_format: str) -> tuple[Any, np.ndarray, np.ndarray]:
    """The model's output as it is, and channels last its output and the scores behind it, all within 0.9."""
    model = unetgen.build(loaded(head, classes, data_format, loss="mean_squared_error"))
    last = model.layers[-1]
    inner = keras.Model(model.input, model.output if head == "linear" else last.input)
    conv = next(layer for layer in reversed(model.layers) if layer.weights and "conv" in layer.name)
    x = np.random.default_rng(0).normal(size=(2, *model.input_shape[1:])).astype("float32")
    conv.set_weights([array * (0.9 / np.abs(inner(x)).max()) for array in conv.get_weights()])
    axis = AXES[data_format]
    y, scores = model(x), np.asarray(inner(x), "float64")
    return y, np.moveaxis(np.asarray(y, "float64"), axis, -1), np.moveaxis(scores, axis, -1)


def softmax(scores: np.ndarray) -> Any:
    return np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)


def sigmoid(scores: np.ndarray) -> Any:
    return 1 / (1 + np.exp(-scores))


class Oracle:
    """Each loss and metric by its formula, of one-hot targets ``t`` and outputs ``p``, channels last."""

    def __init__(self, head: str, t: np.ndarray, p: np.ndarray, scores: np.ndarray) -> None:
        self.t, self.p, self.classes = t, p, t.shape[-1]
        self.each = sigmoid(p) if head == "linear" else p
        # Keras takes the scores behind a sigmoid, but not for its focal loss.
        self.right = (t * (softmax(scores) if head in (*EACH, "linear") else p)).sum(-1).clip(1e-7)
        self.shares = softmax(p) if head == "linear" else p
        self.largest = np.eye(self.classes)[p.argmax(-1)]
        self.decided = self.each >= 0.5 if self.classes == 1 else self.largest

    def categorical_crossentropy(self) -> Any:
        return -np.log(self.right).mean()

    sparse_categorical_crossentropy = categorical_crossentropy

    def categorical_focal_crossentropy(self) -> Any:
        right = ((self.t * self.shares).sum(-1) / self.shares.sum(-1)).clip(1e-7)
        return -(0.25 * (1 - right) ** 2 * np.log(right)).mean()

    def _true(self) -> Any:
        return self.t * self.each + (1 - self.t) * (1 - self.each)

    def binary_crossentropy(self) -> Any:
        return -np.log(self._true()).mean()

    def binary_focal_crossentropy(self) -> Any:
        return -((1 - self._true()) ** 2 * np.log(self._true())).mean()

    def _sums(self, p: np.ndarray) -> Any:
        axes = tuple(range(1, p.ndim - 1))
        return [(part).sum(axes) for part in (self.t * p, self.t, p)]

    def dice(self) -> Any:
        both, true, said = self._sums(self.p)
        return 1 - ((2 * both + 1e-5) / (true + said + 1e-5)).mean()

    def generalized_dice(self) -> Any:
        both, true, said = self._sums(self.p)
        assert true.all()
        w = true.min(-1, keepdims=True) ** 2 / true**2
        return (1 - (2 * (w * both).sum(-1) + 1e-5) / ((w * (true + said)).sum(-1) + 1e-5)).mean()

    def _tversky(self, alpha: float, beta: float) -> Any:
        both, true, said = self._sums(self.p)
        return (both + 1e-5) / (both + alpha * (said - both) + beta * (true - both) + 1e-5)

    def tversky(self) -> Any:
        return 1 - self._tversky(0.5, 0.5).mean()

    def focal_tversky(self) -> Any:
        return ((1 - self._tversky(0.3, 0.7)) ** 0.75).mean()

    def mean_squared_error(self) -> Any:
        return ((self.t - self.p) ** 2).mean()

    def mean_absolute_error(self) -> Any:
        return abs(self.t - self.p).mean()

    def huber(self) -> Any:
        error = abs(self.t - self.p)
        return np.where(error <= 1, error**2 / 2, error - 0.5).mean()

    def metric_categorical_accuracy(self) -> Any:
        return (self.t.argmax(-1) == self.p.argmax(-1)).mean()

    metric_sparse_categorical_accuracy = metric_categorical_accuracy

    def metric_binary_accuracy(self) -> Any:
        return ((self.each > 0.5) == self.t).mean()

    def _counts(self) -> Iterator[tuple[float, float, float]]:
        for c in range(self.classes):
            t, said = self.t[..., c], self.decided[..., c]
            if t.sum() + said.sum():
                yield (t * said).sum(), t.sum(), said.sum()

    def metric_dice(self) -> Any:
        return np.mean([2 * both / (true + said) for both, true, said in self._counts()])

    def metric_mean_iou(self) -> Any:
        return np.mean([both / (true + said - both) for both, true, said in self._counts()])

    metric_mean_squared_error = mean_squared_error
    metric_mean_absolute_error = mean_absolute_error


def labels_of(classes: int) -> np.ndarray:
    labels = np.random.default_rng(1).integers(max(classes, 2), size=(2, 4, 6))
    assert {len(np.unique(sample)) for sample in labels} == {max(classes, 2)}
    return labels


def compiled(config: Any) -> tuple[Any, list[Any]]:
    (main,) = objectives(config)
    calls = main.training.compile_arguments(main.context)
    return construct(calls["loss"]), construct(calls["metrics"])


def values(config: Any, y: np.ndarray, output: Any) -> tuple[float, list[float]]:
    """The loss and the metrics of a config, as its model would be compiled with them."""
    loss, metrics = compiled(config)
    for metric in metrics:
        metric.update_state(y, output)
    return float(loss(y, output)), [float(metric.result()) for metric in metrics]


@pytest.mark.parametrize("data_format", AXES)
@pytest.mark.parametrize("classes", CLASSES)
@pytest.mark.parametrize("head", sampled(HEADS, FIRST))
def test_what_a_config_takes_is_right_against_numpy(head: str, classes: int, data_format: str) -> None:
    labels, axis = labels_of(classes), AXES[data_format]
    t = np.eye(classes)[labels] if classes > 1 else labels[..., None].astype(float)
    for name, kind, sparse, section in sections(head, classes):
        config = loaded(head, classes, data_format, **section)
        unetgen.plan(config)
        output, p, scores = outputs(head, classes, data_format)
        loss, metrics = values(config, labels if sparse else np.moveaxis(t, -1, axis), output)
        wanted = getattr(Oracle(head, t, p, scores), kind if name == "loss" else f"metric_{kind}")()
        found = loss if name == "loss" else metrics[0]
        assert found == pytest.approx(wanted, rel=2e-5, abs=2e-6), section


@pytest.mark.parametrize("classes", CLASSES)
@pytest.mark.parametrize("head", sampled(HEADS, FIRST))
def test_what_does_not_fit_is_refused_by_name_in_a_config(head: str, classes: int) -> None:
    for name, table, criteria in (("loss", FITS, ALL_LOSSES), ("metrics", FITS_METRIC, ALL_METRICS)):
        for each in criteria:
            if not fits(table, each, head, classes):
                section = (
                    {"loss": each} if name == "loss" else {"loss": beside(head, each), "metrics": [each]}
                )
                with pytest.raises(unetgen.ConfigError) as error:
                    unetgen.plan(loaded(head, classes, "channels_last", **section))
                fields = {problem.dotted_path.split(".")[1] for problem in error.value.problems}
                assert name in fields or (head in ACROSS and "activation" in fields), error.value


def sections(head: str, classes: int) -> Iterator[tuple[str, str, bool, dict[str, Any]]]:
    """Each loss alone, and each metric beside a loss: what it is, its kind, its targets, its section."""
    for loss in ALL_LOSSES:
        if fits(FITS, loss, head, classes):
            yield "loss", loss["kind"], is_sparse(loss), {"loss": loss}
    for metric in ALL_METRICS:
        loss = beside(head, metric)
        if fits(FITS_METRIC, metric, head, classes) and fits(FITS, loss, head, classes):
            yield "metric", metric["kind"], is_sparse(metric), {"loss": loss, "metrics": [metric]}


def beside(head: str, metric: dict[str, Any]) -> dict[str, Any]:
    """A loss that takes the targets of a metric, if there is one for this head."""
    if not is_sparse(metric):
        return {"kind": "mean_squared_error"}
    return (
        {"kind": "dice", "sparse": True} if head in CLIPPED else {"kind": "sparse_categorical_crossentropy"}
    )


@thorough
@pytest.mark.parametrize("head", ["softmax", "sigmoid", "linear"])
def test_a_compiled_model_says_the_same(head: str) -> None:
    """In graph mode, where Keras looks for the scores behind the head's activation."""
    labels, classes = labels_of(2), 2
    model = unetgen.build(loaded(head, classes, "channels_last", loss="mean_squared_error"))
    x = np.random.default_rng(2).normal(size=(2, *model.input_shape[1:])).astype("float32")
    p = np.asarray(model(x), "float64")
    scores = np.asarray(keras.Model(model.input, model.layers[-1].input)(x), "float64")
    oracle = Oracle(head, np.eye(classes)[labels], p, p if head == "linear" else scores)
    for name, kind, sparse, section in sections(head, classes):
        if name == "loss":
            model.compile(loss=compiled(loaded(head, classes, "channels_last", **section))[0])
            y = labels if sparse else np.eye(classes, dtype="float32")[labels]
            assert model.test_on_batch(x, y) == pytest.approx(getattr(oracle, kind)(), rel=2e-5), section
