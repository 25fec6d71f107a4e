"""Dice, generalized Dice and Tversky against loops over samples and classes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import pytest
from keras import ops

from tests.layers.conftest import Case
from unetgen import layers

S = 1e-5


def per_region(case: Case, per_sample: bool) -> Any:
    """For each region over which sums are taken: a list over classes of (t, p), flat, float64."""
    t, p = case.one_hot.astype(float), case.predicted.astype(float)
    classes = t.shape[-1]
    samples = [slice(b, b + 1) for b in range(len(t))] if per_sample else [slice(None)]
    return [[(t[s][..., c].ravel(), p[s][..., c].ravel()) for c in range(classes)] for s in samples]


def weighted_mean(values: Sequence[float], weights: Any) -> Any:
    return float(np.dot(values, weights) / np.sum(weights))


def dice_oracle(
    case: Case, per_sample: bool = True, squared: bool = False, weights: Any = (1, 1, 1), first: int = 0
) -> Any:
    power = 2 if squared else 1
    rows = [
        [1 - (2 * (t * p).sum() + S) / ((t**power).sum() + (p**power).sum() + S) for t, p in region]
        for region in per_region(case, per_sample)
    ]
    return np.mean([weighted_mean(row[first:], weights[first:]) for row in rows])


def tversky_oracle(
    case: Case,
    alpha: Any,
    beta: float,
    gamma: Any,
    per_sample: bool = True,
    weights: Any = (1, 1, 1),
    first: int = 0,
) -> Any:
    rows = []
    for region in per_region(case, per_sample):
        row = []
        for t, p in region:
            tp, fp, fn = (t * p).sum(), ((1 - t) * p).sum(), (t * (1 - p)).sum()
            row.append((1 - (tp + S) / (tp + alpha * fp + beta * fn + S)) ** gamma)
        rows.append(weighted_mean(row[first:], weights[first:]))
    return np.mean(rows)


def generalized_oracle(case: Case, per_sample: bool = True) -> Any:
    values = []
    for region in per_region(case, per_sample):
        volumes = [t.sum() for t, _ in region]
        present = [v for v in volumes if v > 0]
        weights = [(min(present) / v) ** 2 if v else 1.0 for v in volumes]
        both = sum(w * (t * p).sum() for w, (t, p) in zip(weights, region, strict=True))
        total = sum(w * (t.sum() + p.sum()) for w, (t, p) in zip(weights, region, strict=True))
        values.append(1 - (2 * both + S) / (total + S))
    return np.mean(values)


def check(make: Callable[..., Any], expected: Any, case: Case) -> None:
    for axis, t, p in case.formats():
        assert float(make(axis=axis)(t, p)) == pytest.approx(expected, abs=2e-6), axis
        with_axis = np.expand_dims(case.labels, axis)
        for labels in (case.labels, with_axis):
            assert float(make(axis=axis, sparse=True)(labels, p)) == pytest.approx(expected, abs=2e-6), axis


@pytest.mark.parametrize("per_sample", [True, False])
@pytest.mark.parametrize("squared", [True, False])
def test_dice_equals_the_formula_in_both_formats(case: Case, per_sample: bool, squared: bool) -> None:
    options: dict[str, Any] = {"per_sample": per_sample, "squared": squared}
    check(lambda **k: layers.DiceLoss(**options, **k), dice_oracle(case, **options), case)


def test_squared_dice_is_the_articles_loss(case: Case) -> None:
    t, p = np.moveaxis(case.one_hot, -1, 1), np.moveaxis(case.predicted, -1, 1)
    space = tuple(range(2, t.ndim))
    article = 1 - np.mean((2 * (t * p).sum(space) + S) / ((t**2).sum(space) + (p**2).sum(space) + S))
    assert float(layers.DiceLoss(axis=1, squared=True)(t, p)) == pytest.approx(article, abs=2e-6)


def test_dice_class_weights_and_background(case: Case) -> None:
    weights = (5.0, 1.0, 3.0)
    options: dict[str, Any] = {"class_weights": weights, "include_background": False}
    check(lambda **k: layers.DiceLoss(**options, **k), dice_oracle(case, weights=weights, first=1), case)
    check(lambda **k: layers.DiceLoss(class_weights=weights, **k), dice_oracle(case, weights=weights), case)


@pytest.mark.parametrize("per_sample", [True, False])
def test_generalized_dice_equals_the_formula_in_both_formats(case: Case, per_sample: bool) -> None:
    make = lambda **k: layers.GeneralizedDiceLoss(per_sample=per_sample, **k)  # noqa: E731
    check(make, generalized_oracle(case, per_sample), case)


def test_generalized_dice_has_sudres_weights(new_case: Callable[..., Case]) -> None:
    case = new_case((9, 8))
    t, p = case.one_hot[:1].astype(float), case.predicted[:1].astype(float)
    w = 1 / t.sum((0, 1, 2)) ** 2
    paper = 1 - 2 * (w * (t * p).sum((0, 1, 2))).sum() / (w * (t + p).sum((0, 1, 2))).sum()
    assert float(layers.GeneralizedDiceLoss(smooth=1e-9)(t, p)) == pytest.approx(paper, abs=1e-6)


@pytest.mark.parametrize(("alpha", "beta", "gamma"), [(0.5, 0.5, 1.0), (0.3, 0.7, 0.75), (0.7, 0.3, 2.0)])
@pytest.mark.parametrize("per_sample", [True, False])
def test_tversky_equals_the_formula_in_both_formats(
    case: Case, alpha: Any, beta: float, gamma: Any, per_sample: bool
) -> None:
    options: dict[str, Any] = {"alpha": alpha, "beta": beta, "gamma": gamma, "per_sample": per_sample}
    expected = tversky_oracle(case, weights=(1, 2, 3), first=1, **options)
    options |= {"class_weights": [1, 2, 3], "include_background": False}
    # 1e-6 under a root of small numbers: compare where the float32 sums leave 1e-5.
    for axis, t, p in case.formats():
        assert float(layers.TverskyLoss(axis=axis, **options)(t, p)) == pytest.approx(expected, abs=1e-5)


def test_alpha_weighs_false_positives_and_beta_false_negatives() -> None:
    true = np.array([[[1.0], [0.0], [0.0], [0.0]]])
    too_much, too_little = np.array([[[1.0], [1.0], [0.0], [0.0]]]), np.array([[[0.0], [0.0], [0.0], [0.0]]])
    assert float(layers.TverskyLoss(alpha=0.0, beta=1.0)(true, too_much)) == pytest.approx(0, abs=1e-6)
    assert float(layers.TverskyLoss(alpha=1.0, beta=0.0)(true, too_little)) == pytest.approx(0, abs=1e-6)
    assert float(layers.TverskyLoss(alpha=1.0, beta=0.0)(true, too_much)) == pytest.approx(0.5, abs=1e-4)


REGION_LOSSES = [
    layers.DiceLoss,
    lambda **k: layers.DiceLoss(squared=True, per_sample=False, **k),
    layers.GeneralizedDiceLoss,
    lambda **k: layers.GeneralizedDiceLoss(per_sample=False, **k),
    layers.TverskyLoss,
    lambda **k: layers.TverskyLoss(gamma=0.5, **k),
    lambda **k: layers.TverskyLoss(gamma=2.0, **k),
]


def gradient(loss: Any, t: np.ndarray, p: np.ndarray) -> Any:
    """Of the loss with respect to the prediction, on the TensorFlow backend the tests run with."""
    import tensorflow as tf

    variable = tf.Variable(np.asarray(p, "float32"))
    with tf.GradientTape() as tape:
        value = loss(t, variable)
    return float(value), np.asarray(tape.gradient(value, variable))


@pytest.mark.parametrize("make", REGION_LOSSES)
def test_perfect_prediction_has_loss_zero_and_a_finite_gradient(make: Callable[..., Any], case: Case) -> None:
    for axis, t, _ in case.formats():
        value, slope = gradient(make(axis=axis), t, t)
        assert value == pytest.approx(0, abs=1e-6)
        assert np.isfinite(slope).all()


@pytest.mark.parametrize("make", REGION_LOSSES)
@pytest.mark.parametrize("absent", [(1,), (0, 1), (0, 1, 2)])
def test_absent_classes_leave_value_and_gradient_finite(
    make: Callable[..., Any], absent: Any, case: Case
) -> None:
    for axis, t, p in case.formats():
        t = t.copy()
        for c in absent:
            np.moveaxis(t, axis, 0)[c] = 0
        for predicted in (p, np.zeros_like(p), t):
            value, slope = gradient(make(axis=axis), t, predicted)
            assert np.isfinite(value)
            assert np.isfinite(slope).all()


def test_generalized_dice_pushes_down_an_absent_class() -> None:
    t = np.zeros((1, 4, 2), "float32")
    t[..., 0] = 1
    p = np.full((1, 4, 2), 0.5, "float32")
    _, slope = gradient(layers.GeneralizedDiceLoss(), t, p)
    assert (slope[..., 1] > 0).all()
    assert (slope[..., 0] < 0).all()


def test_generalized_dice_of_a_large_image_is_not_drowned_by_smooth() -> None:
    t = np.zeros((1, 200, 200, 2), "float32")
    t[:, :100, :, 0] = 1
    t[:, 100:, :, 1] = 1
    assert float(layers.GeneralizedDiceLoss()(t, 1 - t)) == pytest.approx(1, abs=1e-4)


def test_one_class_takes_labels_as_the_foreground(new_case: Callable[..., Case]) -> None:
    labels = np.array([[0, 1, 1, 0, 1]])
    p = np.array([[[0.1], [0.8], [0.7], [0.3], [0.9]]])
    dense = float(layers.DiceLoss()(labels[..., None], p))
    assert float(layers.DiceLoss(sparse=True)(labels, p)) == pytest.approx(dense, abs=1e-7)
    assert dense == pytest.approx(1 - (2 * 2.4 + S) / (3 + 2.8 + S), abs=1e-6)


def test_a_label_outside_the_classes_belongs_to_none(new_case: Callable[..., Case]) -> None:
    case = new_case((5, 3))
    labels, t = case.labels.copy(), case.one_hot.copy()
    labels[:, 0] = 255
    t[:, 0] = 0
    sparse = float(layers.DiceLoss(sparse=True)(labels, case.predicted))
    assert sparse == pytest.approx(float(layers.DiceLoss()(t, case.predicted)), abs=1e-7)


@pytest.mark.parametrize("make", REGION_LOSSES)
def test_half_precision_predictions_are_computed_in_float32(
    make: Callable[..., Any], new_case: Callable[..., Case]
) -> None:
    case = new_case((5, 3))
    p = ops.cast(case.predicted, "bfloat16")
    value = make()(case.one_hot, p)
    assert keras.backend.standardize_dtype(value.dtype) == "float32"
    assert float(value) == pytest.approx(float(make()(case.one_hot, ops.cast(p, "float32"))), abs=1e-7)


@pytest.mark.parametrize("make", [layers.DiceLoss, layers.TverskyLoss, layers.GeneralizedDiceLoss])
def test_sample_weight_selects_samples(make: Callable[..., Any], case: Case) -> None:
    first = float(make()(case.one_hot[:1], case.predicted[:1]))
    weighted = float(make()(case.one_hot, case.predicted, sample_weight=np.array([2.0, 0.0])))
    assert weighted == pytest.approx(first, abs=1e-6)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.DiceLoss(smooth=0), "smooth: must be positive"),
        (lambda: layers.TverskyLoss(gamma=0), "gamma: must be positive"),
        (lambda: layers.TverskyLoss(alpha=-1), "alpha, beta"),
        (lambda: layers.DiceLoss(class_weights=[0, 0]), "class_weights"),
        (lambda: layers.DiceLoss(class_weights=[1, 2])(np.ones((1, 4, 3)), np.ones((1, 4, 3))), "3 classes"),
        (
            lambda: layers.DiceLoss(include_background=False)(np.ones((1, 4, 1)), np.ones((1, 4, 1))),
            "at least 2",
        ),
        (lambda: layers.DiceLoss()(np.ones((1, 4)), np.ones((1, 4, 3))), "the sparse form"),
        (lambda: layers.DiceLoss(sparse=True)(np.ones((1, 4, 3)), np.ones((1, 4, 3))), "not sparse"),
    ],
)
def test_wrong_arguments_are_refused(make: Callable[..., Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
