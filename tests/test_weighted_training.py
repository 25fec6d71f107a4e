"""Ignored classes and weights in a model's steps: `evaluate` and `fit` say what NumPy finds."""

from __future__ import annotations

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, product
from pathlib import Path

import keras
import numpy as np
import pytest

import unetgen
from tests.tiers import sampled
from tests.weighted import LOSS_ORACLES, METRIC_ORACLES, Batch
from unetgen.model.batches import targets

Array = np.ndarray
SHAPES = {1: (16,), 2: (8, 12), 3: (8, 4, 4)}
LEVELS = (0.7, 0.2, 0.1)
DEEP = f"head.deep_supervision={{levels: 2, weights: {list(LEVELS)}}}"


@dataclass(frozen=True)
class Form:
    """A form of targets, and the losses and metrics that take it."""

    classes: int
    losses: tuple[str, ...]
    metrics: tuple[str, ...]
    options: str = ""
    positive: float = 1.0

    def overrides(self) -> list[str]:
        losses = [f"{{kind: {kind}, weight: {1 + index / 4}{self.option(kind)}}}"
                  for index, kind in enumerate(self.losses)]  # fmt: skip
        metrics = [f"{{kind: {kind}{self.option(kind)}}}" for kind in self.metrics]
        return [
            f"num_classes={self.classes}",
            f"compile.loss=[{','.join(losses)}]",
            f"compile.metrics=[{','.join(metrics)}]",
            "compile.ignore_class=255",
        ]

    def option(self, kind: str) -> str:
        if kind == "binary_crossentropy":
            return f", positive_weight: {self.positive}"
        return "" if "categorical" in kind else self.options

    def loss(self, batch: Batch) -> float:
        return sum((1 + index / 4) * LOSS_ORACLES[kind](batch) for index, kind in enumerate(self.losses))


REGIONS = ("dice", "generalized_dice", "tversky", "focal_tversky")
ERRORS = ("mean_squared_error", "mean_absolute_error")
FORMS = {
    "one_hot": Form(
        3, ("categorical_crossentropy", "categorical_focal_crossentropy", *REGIONS, *ERRORS, "huber"),
        ("categorical_accuracy", "dice", "mean_iou", *ERRORS),
    ),
    "numbers": Form(
        3, ("sparse_categorical_crossentropy", *REGIONS), ("sparse_categorical_accuracy", "dice", "mean_iou"),
        ", sparse: true",
    ),
    "mask": Form(
        1, ("binary_crossentropy", "dice", "tversky", "mean_squared_error"), ("binary_accuracy", "dice"),
        positive=9.0,
    ),
    "alone": Form(3, ("sparse_categorical_crossentropy",), ("sparse_categorical_accuracy",)),
}  # fmt: skip
WEIGHTS = ("none", "samples", "positions")
STEPS = ("graph", "jit", "eager")
FORMATS = ("channels_last", "channels_first")
CHOICES: tuple[Sequence[object], ...] = (tuple(FORMS), tuple(SHAPES), FORMATS, (True, False), STEPS, WEIGHTS)
CASES = [
    ("one_hot", 1, "channels_first", True, "eager", "positions"),
    ("one_hot", 2, "channels_last", False, "jit", "samples"),
    ("one_hot", 3, "channels_last", False, "graph", "none"),
    ("numbers", 1, "channels_last", False, "graph", "samples"),
    ("numbers", 2, "channels_first", True, "eager", "none"),
    ("numbers", 3, "channels_first", True, "jit", "positions"),
    ("mask", 1, "channels_last", False, "jit", "positions"),
    ("mask", 2, "channels_last", False, "eager", "none"),
    ("mask", 3, "channels_first", True, "graph", "samples"),
    ("alone", 1, "channels_last", False, "jit", "none"),
    ("alone", 2, "channels_first", False, "graph", "positions"),
    ("alone", 3, "channels_last", True, "eager", "samples"),
]
"""Each choice meets each choice of another kind in some case; XLA takes many times longer than the rest."""
FIRST = [CASES[0], CASES[3], CASES[6], CASES[10]]


def test_every_two_choices_meet_in_a_case() -> None:
    for first, second in combinations(range(len(CHOICES)), 2):
        met = {(case[first], case[second]) for case in CASES}
        assert met == set(product(CHOICES[first], CHOICES[second]))


def build(dims: int, data_format: str, *overrides: str) -> keras.Model:
    fixed = (
        f"input={{shape: {list(SHAPES[dims])}, data_format: {data_format}}}", "depth=3", "base_filters=2",
        "conv_widths=[1]", "norm=none", "up=nearest",
    )  # fmt: skip
    return unetgen.build(unetgen.load("quickstart2d", [*fixed, *overrides]))


def moved(array: Array, data_format: str) -> Array:
    return np.moveaxis(array, -1, 1) if data_format == "channels_first" else array


def labels(shape: tuple[int, ...], classes: int, ignore: int | None = None, share: float = 0.4) -> Array:
    random = np.random.default_rng(1)
    numbers = random.integers(max(classes, 2), size=(4, *shape))
    if ignore is not None:
        numbers[random.random(numbers.shape) < share] = ignore
        numbers[3] = ignore
    return numbers


def weights_of(kind: str, shape: tuple[int, ...]) -> tuple[Array | None, Array]:
    """As `fit` is given it, and for every position."""
    of_samples = np.array([2.0, 0.0, 0.5, 1.0], "float32")
    spread = np.broadcast_to(of_samples.reshape(-1, *[1] * (len(shape) - 1)), shape)
    of_positions = np.random.default_rng(3).uniform(0, 2, shape).astype("float32")
    return {"none": (None, np.ones(shape)), "samples": (of_samples, spread),
            "positions": (of_positions, of_positions)}[kind]  # fmt: skip


def every(array: Array, step: int, dims: int) -> Array:
    return array[(slice(None), *[slice(None, None, step)] * dims)]


def batch_of(numbers: Array, p: Array, w: Array, ignore: int | None, positive: float = 1.0) -> Batch:
    classes = p.shape[-1]
    known = np.where(numbers == ignore, 0, numbers)
    t = np.eye(classes)[known] if classes > 1 else known[..., None].astype(float)
    return Batch(t, p.astype("float64"), w.astype("float64"), numbers != ignore, positive=positive)


def given(numbers: Array, form: str, data_format: str, ignore: int | None) -> Array:
    if form != "one_hot":
        return numbers  # class numbers, and masks too, without a class axis
    one_hot = np.eye(3, dtype="float32")[np.where(numbers == ignore, 0, numbers)]
    one_hot[numbers == ignore] = ignore
    return moved(one_hot, data_format)


@pytest.mark.parametrize(("form", "dims", "data_format", "deep", "step", "weight"), sampled(CASES, FIRST))
def test_a_step_says_what_numpy_finds(
    form: str, dims: int, data_format: str, deep: bool, step: str, weight: str, tmp_path: Path
) -> None:
    kind = FORMS[form]
    jit = f"compile.jit_compile={'true' if step == 'jit' else 'false'}"
    model = build(dims, data_format, *kind.overrides(), *([DEEP] if deep else []), jit)
    model.run_eagerly = step == "eager"
    numbers = labels(SHAPES[dims], kind.classes, 255)
    x = moved(np.random.default_rng(0).normal(size=(*numbers.shape, 1)).astype("float32"), data_format)
    y, (sample_weight, w) = given(numbers, form, data_format, 255), weights_of(weight, numbers.shape)
    outputs = model.predict(x, verbose=0)
    last = [np.moveaxis(p, 1, -1) if data_format == "channels_first" else p
            for p in (outputs if deep else [outputs])]  # fmt: skip
    batches = [
        batch_of(every(numbers, 2**level, dims), p, every(w, 2**level, dims), 255, kind.positive)
        for level, p in enumerate(last)
    ]
    loss = sum(
        share * kind.loss(batch) for share, batch in zip(LEVELS if deep else (1.0,), batches, strict=True)
    )
    wanted = {"loss": loss, **{name: METRIC_ORACLES[name](batches[0]) for name in kind.metrics}}
    logs = model.evaluate(x, y, sample_weight=sample_weight, batch_size=4, verbose=0, return_dict=True)
    assert logs == pytest.approx(wanted, rel=1e-4)
    model.optimizer.build(model.trainable_variables)
    model.save(tmp_path / "model.keras")
    for trained in (model, keras.saving.load_model(tmp_path / "model.keras")):
        trained.run_eagerly = step == "eager"
        history = trained.fit(x, y, sample_weight=sample_weight, batch_size=4, verbose=0).history
        assert {name: values[0] for name, values in history.items()} == pytest.approx(wanted, rel=1e-4)
        assert all(np.isfinite(array).all() for array in trained.get_weights())


def constant(*overrides: str) -> tuple[keras.Model, Array]:
    """A model of three classes whose softmax is 1/3 everywhere, and its input."""
    model = build(2, "channels_last", "num_classes=3", "compile.metrics=[]", *overrides)
    model.set_weights([np.zeros_like(array) for array in model.get_weights()])
    return model, np.zeros((4, *SHAPES[2], 1), "float32")


def test_ignored_positions_do_not_dilute_a_sum() -> None:
    numbers = labels(SHAPES[2], 3, 255, share=0.9)
    entropy = "{kind: sparse_categorical_crossentropy, ignore_class: 255, weight: %s}"
    for losses, factor in (
        ([entropy % 1.0], 1.0),
        ([entropy % 0.5], 0.5),
        ([entropy % 0.5, entropy % 0.5], 1.0),
        ([entropy % 1.0, "{kind: dice, sparse: true, weight: 1.0e-9}"], 1.0),
    ):
        model, x = constant(f"compile.loss=[{','.join(losses)}]")
        loss = model.evaluate(x, numbers, batch_size=4, verbose=0)
        assert loss == pytest.approx(factor * 1.0986, abs=1e-4), losses


def test_what_a_loss_ignores_dice_and_the_metrics_ignore() -> None:
    numbers = labels(SHAPES[2], 3, 255, share=0.5)
    metrics, sparse = ("sparse_categorical_accuracy", "dice", "mean_iou"), "{kind: %s, sparse: true}"
    model = build(
        2, "channels_last", "num_classes=3",
        f"compile.loss=[{{kind: sparse_categorical_crossentropy, ignore_class: 255}},{sparse % 'dice'}]",
        f"compile.metrics=[sparse_categorical_accuracy,{sparse % 'dice'},{sparse % 'mean_iou'}]",
    )  # fmt: skip
    x = np.random.default_rng(0).normal(size=(*numbers.shape, 1)).astype("float32")
    batch = batch_of(numbers, model.predict(x, verbose=0), np.ones(numbers.shape), 255)
    logs = model.evaluate(x, numbers, batch_size=4, verbose=0, return_dict=True)
    loss = LOSS_ORACLES["sparse_categorical_crossentropy"](batch) + LOSS_ORACLES["dice"](batch)
    wanted = {"loss": loss, **{name: METRIC_ORACLES[name](batch) for name in metrics}}
    assert logs == pytest.approx(wanted, rel=1e-4)


def test_a_batch_that_is_ignored_as_a_whole_changes_no_weight() -> None:
    for form in ("one_hot", "numbers"):
        model = build(2, "channels_last", *FORMS[form].overrides(), DEEP, "compile.optimizer=sgd")
        model.run_eagerly = True
        numbers = np.full((2, *SHAPES[2]), 255)
        before = model.get_weights()
        logs = model.train_on_batch(
            np.ones((*numbers.shape, 1), "float32"),
            given(numbers, form, "channels_last", 255),
            return_dict=True,
        )
        assert logs["loss"] == 0
        for old, new in zip(before, model.get_weights(), strict=True):
            np.testing.assert_array_equal(old, new)


TASKS = (
    "tasks=[{name: edges, num_classes: 1, decoder: own, loss: [binary_crossentropy, dice], ignore_class: 9,"
    "metrics: [binary_accuracy]}]"
)


def test_every_task_ignores_its_own_class_and_has_its_own_weights() -> None:
    model = build(2, "channels_last", *FORMS["numbers"].overrides(), TASKS)
    numbers, edges = labels(SHAPES[2], 3, 255), labels(SHAPES[2], 1, 9)
    x = np.random.default_rng(0).normal(size=(*numbers.shape, 1)).astype("float32")
    p, p_edges = model.predict(x, verbose=0)
    of_samples, spread = weights_of("samples", numbers.shape)
    of_positions, _ = weights_of("positions", numbers.shape)
    assert of_positions is not None
    main = batch_of(numbers, p, of_positions, 255)
    edge = batch_of(edges, p_edges, spread, 9)
    of_edges = LOSS_ORACLES["binary_crossentropy"](edge) + LOSS_ORACLES["dice"](edge)
    logs = model.evaluate(
        x, {"main": numbers, "edges": edges}, sample_weight={"main": of_positions, "edges": of_samples},
        batch_size=4, verbose=0, return_dict=True,
    )  # fmt: skip
    wanted = {
        "loss": FORMS["numbers"].loss(main) + of_edges,
        "main_loss": FORMS["numbers"].loss(main),
        "edges_loss": of_edges,
        "edges_binary_accuracy": METRIC_ORACLES["binary_accuracy"](edge),
        **{f"main_{name}": METRIC_ORACLES[name](main) for name in FORMS["numbers"].metrics},
    }
    assert logs == pytest.approx(wanted, rel=1e-4)


@pytest.mark.parametrize("form", ["one_hot", "numbers", "mask"])
def test_targets_mark_what_is_ignored(form: str) -> None:
    fixed = ("input.shape=[8,12]", "depth=3", "base_filters=2")
    config = unetgen.load("quickstart2d", [*fixed, *FORMS[form].overrides()])
    numbers = labels(SHAPES[2], FORMS[form].classes, 255)
    y = targets(config, unetgen.plan(config), numbers)
    assert isinstance(y, np.ndarray)
    own = given(numbers, form, "channels_last", 255)
    np.testing.assert_array_equal(y, own if form == "one_hot" else own[..., None])
