"""Streaming metrics against NumPy over all batches at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest

from tests.layers.conftest import Case
from unetgen import layers


def stream(metric: Any, cases: list[Case], axis: int, sparse: bool, weights: Any = None) -> Any:
    for i, case in enumerate(cases):
        _, t, p = next(f for f in case.formats() if f[0] == axis)
        metric.update_state(
            case.labels if sparse else t, p, sample_weight=None if weights is None else weights[i]
        )
    return float(metric.result())


def class_counts(cases: list[Case], classes: int = 3) -> Any:
    true = np.concatenate([c.labels.ravel() for c in cases])
    said = np.concatenate([c.predicted.argmax(-1).ravel() for c in cases])
    return [(((true == c) & (said == c)).sum(), (true == c).sum(), (said == c).sum()) for c in range(classes)]


@pytest.fixture(params=[(1,), (7,), (5, 3), (3, 5, 2)], ids=str)
def cases(request: pytest.FixtureRequest, new_case: Callable[..., Case]) -> Any:
    return [new_case(request.param, seed=s, batch=b) for s, b in ((1, 2), (2, 3))]


BOTH = pytest.mark.parametrize("axis", [-1, 1])
TARGETS = pytest.mark.parametrize("sparse", [True, False])


@BOTH
def test_accuracies_are_the_share_of_right_positions(cases: list[Case], axis: int) -> None:
    right = [(c.labels == c.predicted.argmax(-1)).ravel() for c in cases]
    expected = pytest.approx(np.concatenate(right).mean(), abs=1e-6)
    assert stream(layers.CategoricalAccuracy(axis=axis), cases, axis, False) == expected
    assert stream(layers.SparseCategoricalAccuracy(axis=axis), cases, axis, True) == expected


@BOTH
def test_sparse_targets_may_keep_a_class_axis(cases: list[Case], axis: int) -> None:
    for metric in (layers.SparseCategoricalAccuracy(axis=axis), layers.MeanIoU(3, axis=axis, sparse=True)):
        expected = stream(metric, cases[:1], axis, True)
        metric.reset_state()
        _, _, p = next(f for f in cases[0].formats() if f[0] == axis)
        metric.update_state(np.expand_dims(cases[0].labels, axis), p)
        assert float(metric.result()) == pytest.approx(expected)


@BOTH
@TARGETS
def test_dice_is_the_mean_over_the_classes_seen(cases: list[Case], axis: int, sparse: bool) -> None:
    counts = class_counts(cases)
    dice = [2 * both / (t + p) for both, t, p in counts if t + p]
    metric = layers.DiceCoefficient(3, axis=axis, sparse=sparse)
    assert stream(metric, cases, axis, sparse) == pytest.approx(np.mean(dice), abs=1e-6)
    for c, (both, t, p) in enumerate(counts):
        metric = layers.DiceCoefficient(3, axis=axis, sparse=sparse, class_index=c)
        assert stream(metric, cases, axis, sparse) == pytest.approx(2 * both / max(t + p, 1), abs=1e-6)


@BOTH
@TARGETS
def test_mean_iou_equals_the_formula_and_keras(cases: list[Case], axis: int, sparse: bool) -> None:
    iou = [both / (t + p - both) for both, t, p in class_counts(cases) if t + p]
    value = stream(layers.MeanIoU(3, axis=axis, sparse=sparse), cases, axis, sparse)
    assert value == pytest.approx(np.mean(iou), abs=1e-6)
    theirs = keras.metrics.MeanIoU(3, sparse_y_true=True, sparse_y_pred=False)
    assert value == pytest.approx(stream(theirs, cases, -1, True), abs=1e-6)


@BOTH
def test_classes_absent_from_both_are_left_out(axis: int) -> None:
    t = np.zeros((1, 4, 3))
    t[..., 0] = 1
    t, p = (np.moveaxis(t, -1, axis), np.moveaxis(t, -1, axis))
    for kind in (layers.DiceCoefficient, layers.MeanIoU):
        metric = kind(3, axis=axis)
        assert float(metric.result()) == 0
        metric.update_state(t, p)
        assert float(metric.result()) == pytest.approx(1)


@pytest.mark.parametrize("threshold", [0.5, 0.25])
@TARGETS
def test_one_class_is_thresholded(threshold: float, sparse: bool) -> None:
    rng = np.random.default_rng(0)
    t, p = rng.integers(0, 2, (2, 7, 1)), rng.integers(0, 5, (2, 7, 1)) / 4
    said = p >= threshold
    both, total = (said & (t == 1)).sum(), said.sum() + t.sum()
    theirs = keras.metrics.BinaryIoU(target_class_ids=[1], threshold=threshold)
    theirs.update_state(t, p)
    for axis in (-1, 1):
        a, b = np.moveaxis(t, -1, axis), np.moveaxis(p, -1, axis)
        dice = layers.DiceCoefficient(1, axis=axis, threshold=threshold, sparse=sparse)
        iou = layers.MeanIoU(1, axis=axis, threshold=threshold, sparse=sparse)
        for metric in (dice, iou):
            metric.update_state(t[..., 0] if sparse else a, b)
        assert float(dice.result()) == pytest.approx(2 * both / total)
        assert float(iou.result()) == pytest.approx(both / (total - both))
        assert float(iou.result()) == pytest.approx(float(theirs.result()), abs=1e-6)


@BOTH
@pytest.mark.parametrize(
    "make",
    [
        lambda axis: layers.CategoricalAccuracy(axis=axis),
        lambda axis: layers.DiceCoefficient(3, axis=axis),
        lambda axis: layers.MeanIoU(3, axis=axis),
    ],
)
def test_sample_weight_selects_samples_and_reset_forgets(
    make: Callable[..., Any], axis: int, cases: list[Case]
) -> None:
    metric = make(axis)
    weights = [np.array([0.0, 1.0]), np.array([[0.0], [0.0], [0.0]])]
    kept = stream(metric, cases, axis, False, weights)
    metric.reset_state()
    _, t, p = next(f for f in cases[0].formats() if f[0] == axis)
    metric.update_state(t[1:], p[1:])
    assert kept == pytest.approx(float(metric.result()), abs=1e-6)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.DiceCoefficient(0), "num_classes"),
        (lambda: layers.DiceCoefficient(3, class_index=3), "class_index"),
        (lambda: layers.MeanIoU(2).update_state(np.ones((1, 4, 3)), np.ones((1, 4, 3))), "3 classes"),
        (lambda: layers.CategoricalAccuracy()(np.ones((1, 4, 1)), np.ones((1, 4, 1))), "BinaryAccuracy"),
        (
            lambda: layers.MeanIoU(3)(np.ones((1, 4, 3)), np.ones((1, 4, 3)), np.ones((1, 5, 2))),
            "sample_weight",
        ),
    ],
)
def test_wrong_arguments_are_refused(make: Callable[..., Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
