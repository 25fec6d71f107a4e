"""Cross-entropies, class weights and sums of losses against NumPy and against Keras, channels last."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest

from tests.layers.conftest import Case
from unetgen import layers

K = keras.losses
W = np.array([0.5, 2.0, 3.0])


def cross_entropy(case: Case) -> Any:
    """-log p of the true class, one value a position."""
    return -np.log((case.one_hot * case.predicted).sum(-1, dtype=float))


def binary_terms(t: np.ndarray, p: np.ndarray, gamma: Any = 0.0) -> Any:
    p_t = t * p + (1 - t) * (1 - p)
    return -((1 - p_t) ** gamma) * np.log(p_t)


@pytest.mark.parametrize("options", [{}, {"from_logits": True}])
@pytest.mark.parametrize(
    "kind",
    [
        K.CategoricalCrossentropy,
        K.CategoricalFocalCrossentropy,
        K.BinaryCrossentropy,
        K.BinaryFocalCrossentropy,
    ],
)
def test_keras_losses_that_are_used_directly_agree_between_formats(
    kind: Callable[..., Any], options: Any, case: Case
) -> None:
    values = [float(kind(axis=axis, **options)(t, p)) for axis, t, p in case.formats()]
    assert values[0] == pytest.approx(values[1], rel=1e-5)


@pytest.mark.parametrize(
    ("own", "theirs", "options"),
    [
        (layers.CategoricalCrossentropy, K.CategoricalCrossentropy, {}),
        (layers.CategoricalCrossentropy, K.CategoricalCrossentropy, {"label_smoothing": 0.1}),
        (
            layers.CategoricalCrossentropy,
            K.CategoricalCrossentropy,
            {"from_logits": True, "label_smoothing": 0.3},
        ),
        (layers.CategoricalFocalCrossentropy, K.CategoricalFocalCrossentropy, {"label_smoothing": 0.1}),
        (layers.CategoricalFocalCrossentropy, K.CategoricalFocalCrossentropy, {"alpha": [0.2, 0.3, 0.5]}),
        (layers.CategoricalFocalCrossentropy, K.CategoricalFocalCrossentropy, {"alpha": 0.4, "gamma": 1.0}),
    ],
)
def test_categorical_losses_equal_keras_channels_last_in_both_formats(
    own: Any, theirs: Any, options: Any, case: Case
) -> None:
    expected = float(theirs(**options)(case.one_hot, case.predicted))
    for axis, t, p in case.formats():
        assert float(own(axis=axis, **options)(t, p)) == pytest.approx(expected, rel=1e-5)


def test_sparse_crossentropy_equals_the_formula_in_both_formats(case: Case) -> None:
    for axis, _, p in case.formats():
        for labels in (case.labels, np.expand_dims(case.labels, axis)):
            value = float(layers.SparseCategoricalCrossentropy(axis=axis)(labels, p))
            assert value == pytest.approx(cross_entropy(case).mean(), rel=1e-5)


@pytest.mark.parametrize("void", [-1, 0, 255])
@pytest.mark.parametrize("from_logits", [True, False])
@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "none"])
def test_ignore_class_equals_keras_channels_last(
    void: int, from_logits: bool, reduction: str, new_case: Callable[..., Case]
) -> None:
    case = new_case((5, 3))
    labels = case.labels.copy()
    labels[:, 1] = void
    options: dict[str, Any] = {"from_logits": from_logits, "ignore_class": void, "reduction": reduction}
    expected = np.asarray(K.SparseCategoricalCrossentropy(**options)(labels, case.predicted))
    for axis, _, p in case.formats():
        value = np.asarray(layers.SparseCategoricalCrossentropy(axis=axis, **options)(labels, p))
        np.testing.assert_allclose(value, expected, rtol=1e-5, atol=1e-6)


def test_ignored_positions_do_not_count_in_the_mean(case: Case) -> None:
    labels = case.labels.copy()
    labels[0] = 255
    expected = cross_entropy(case)[1].mean()
    for axis, _, p in case.formats():
        loss = layers.SparseCategoricalCrossentropy(axis=axis, ignore_class=255)
        assert float(loss(labels, p)) == pytest.approx(expected, rel=1e-5)
        assert float(loss(np.full_like(labels, 255), p)) == 0


CATEGORICAL = [
    (lambda a: layers.SparseCategoricalCrossentropy(axis=a), True, 0.0, 1.0),
    (lambda a: K.CategoricalCrossentropy(axis=a), False, 0.0, 1.0),
    (lambda a: K.CategoricalCrossentropy(axis=a), True, 0.0, 1.0),
    (lambda a: layers.CategoricalCrossentropy(axis=a), False, 0.0, 1.0),
    (lambda a: K.CategoricalFocalCrossentropy(axis=a, alpha=0.25, gamma=2.0), False, 2.0, 0.25),
    (lambda a: layers.CategoricalFocalCrossentropy(axis=a, alpha=0.25, gamma=2.0), True, 2.0, 0.25),
]


@pytest.mark.parametrize(("inner", "sparse", "gamma", "alpha"), CATEGORICAL)
def test_class_weights_multiply_each_positions_loss(
    inner: Any, sparse: bool, gamma: Any, alpha: Any, case: Case
) -> None:
    ce = cross_entropy(case)
    expected = (W[case.labels] * alpha * (1 - np.exp(-ce)) ** gamma * ce).mean()
    for axis, t, p in case.formats():
        loss = layers.ClassWeightedLoss(inner(axis), W.tolist(), axis=axis, sparse=sparse)
        assert float(loss(case.labels if sparse else t, p)) == pytest.approx(expected, rel=2e-5)


@pytest.mark.parametrize("sparse", [True, False])
@pytest.mark.parametrize(("kind", "gamma"), [(K.BinaryCrossentropy, 0.0), (K.BinaryFocalCrossentropy, 2.0)])
def test_class_weights_multiply_each_channels_binary_term(
    kind: Callable[..., Any], gamma: Any, sparse: bool, case: Case
) -> None:
    expected = (W * binary_terms(case.one_hot, case.predicted.astype(float), gamma)).mean()
    for axis, t, p in case.formats():
        loss = layers.ClassWeightedLoss(kind(axis=axis), W.tolist(), axis=axis, sparse=sparse)
        assert float(loss(case.labels if sparse else t, p)) == pytest.approx(expected, rel=2e-5)


def test_class_weights_leave_ignored_positions_at_zero(new_case: Callable[..., Case]) -> None:
    case = new_case((5, 3))
    labels = case.labels.copy()
    labels[:, 1] = 255
    valid = labels != 255
    expected = (W[case.labels] * cross_entropy(case))[valid].mean()
    for axis, _, p in case.formats():
        inner = layers.SparseCategoricalCrossentropy(axis=axis, ignore_class=255)
        loss = layers.ClassWeightedLoss(inner, W.tolist(), axis=axis, sparse=True)
        assert float(loss(labels, p)) == pytest.approx(expected, rel=1e-5)


def test_weighted_sum_adds_its_losses(case: Case) -> None:
    for axis, t, p in case.formats():
        parts = [
            K.CategoricalCrossentropy(axis=axis),
            layers.DiceLoss(axis=axis),
            layers.DiceLoss(axis, False),
        ]
        expected = sum(w * float(part(t, p)) for w, part in zip((1.0, 0.5, 2.0), parts, strict=True))
        value = float(layers.WeightedSum(parts, [1.0, 0.5, 2.0])(t, p))
        assert value == pytest.approx(expected, rel=1e-5)


def test_weighted_sum_takes_one_weight_a_sample(case: Case) -> None:
    for axis, t, p in case.formats():
        loss = layers.WeightedSum([K.CategoricalCrossentropy(axis=axis), layers.DiceLoss(axis=axis)], [1, 1])
        first = float(loss(t[:1], p[:1]))
        assert float(loss(t, p, sample_weight=np.array([2.0, 0.0]))) == pytest.approx(first, rel=1e-5)


def test_pointwise_losses_compute_in_float32(new_case: Callable[..., Case]) -> None:
    case = new_case((5, 3))
    half = keras.ops.cast(case.predicted, "bfloat16")
    for loss in (
        layers.SparseCategoricalCrossentropy(),
        layers.ClassWeightedLoss(layers.SparseCategoricalCrossentropy(), W.tolist(), sparse=True),
        layers.WeightedSum([layers.DiceLoss(sparse=True)], [1.0]),
    ):
        value = loss(case.labels, half)
        assert keras.backend.standardize_dtype(value.dtype) == "float32"
        assert float(value) == pytest.approx(
            float(loss(case.labels, keras.ops.cast(half, "float32"))), abs=1e-7
        )


CE = K.CategoricalCrossentropy


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.ClassWeightedLoss(K.MeanSquaredError(), [1, 2]), "pointwise cross-entropy"),
        (lambda: layers.ClassWeightedLoss(CE(axis=1), [1, 2]), "axis 1"),
        (lambda: layers.ClassWeightedLoss(CE(reduction="sum"), [1, 2]), "reduction"),
        (lambda: layers.ClassWeightedLoss(layers.SparseCategoricalCrossentropy(), [1, 2]), "sparse=True"),
        (lambda: layers.ClassWeightedLoss(CE(), [1, -2]), "non-negative"),
        (lambda: layers.ClassWeightedLoss(CE(), [1, 2])(np.ones((1, 4, 3)), np.ones((1, 4, 3))), "3 classes"),
        (lambda: layers.WeightedSum([CE()], [1, 2]), "one value a loss"),
        (lambda: layers.WeightedSum([], []), "one value a loss"),
        (lambda: layers.WeightedSum([CE(reduction="sum")], [1]), "reduction"),
        (lambda: layers.WeightedSum([CE()], [float("nan")]), "finite"),
    ],
)
def test_wrong_arguments_are_refused(make: Callable[..., Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
