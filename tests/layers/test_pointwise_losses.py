"""Cross-entropies, class weights and sums of losses against NumPy and against Keras, channels last."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
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
        (layers.CategoricalFocalCrossentropy, K.CategoricalFocalCrossentropy, {"from_logits": True}),
        (layers.BinaryCrossentropy, K.BinaryCrossentropy, {}),
        (layers.BinaryCrossentropy, K.BinaryCrossentropy, {"from_logits": True, "label_smoothing": 0.3}),
        (layers.BinaryFocalCrossentropy, K.BinaryFocalCrossentropy, {"gamma": 1.5}),
        (layers.BinaryFocalCrossentropy, K.BinaryFocalCrossentropy, {"from_logits": True}),
        (
            layers.BinaryFocalCrossentropy,
            K.BinaryFocalCrossentropy,
            {"apply_class_balancing": True, "alpha": 0.7},
        ),
        (partial(layers.RegressionLoss, "squared"), K.MeanSquaredError, {}),
        (partial(layers.RegressionLoss, "absolute"), K.MeanAbsoluteError, {}),
        (partial(layers.RegressionLoss, "huber"), K.Huber, {"delta": 0.3}),
    ],
)
def test_pointwise_losses_equal_keras_channels_last_in_both_formats(
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
    (lambda **k: layers.SparseCategoricalCrossentropy(**k), True, 0.0, 1.0),
    (lambda **k: layers.CategoricalCrossentropy(**k), False, 0.0, 1.0),
    (lambda **k: layers.CategoricalCrossentropy(sparse=True, **k), True, 0.0, 1.0),
    (lambda **k: layers.CategoricalFocalCrossentropy(alpha=0.25, gamma=2.0, **k), False, 2.0, 0.25),
    (lambda **k: layers.CategoricalFocalCrossentropy(sparse=True, **k), True, 2.0, 0.25),
]


@pytest.mark.parametrize(("make", "sparse", "gamma", "alpha"), CATEGORICAL)
def test_class_weights_multiply_each_positions_loss(
    make: Any, sparse: bool, gamma: Any, alpha: Any, case: Case
) -> None:
    ce = cross_entropy(case)
    expected = (W[case.labels] * alpha * (1 - np.exp(-ce)) ** gamma * ce).mean()
    for axis, t, p in case.formats():
        loss = make(class_weights=W.tolist(), axis=axis)
        assert float(loss(case.labels if sparse else t, p)) == pytest.approx(expected, rel=2e-5)


POSITIVE = [(None, 1.0), (9.0, 9.0), ([2.0, 5.0, 0.5], np.array([2.0, 5.0, 0.5]))]


@pytest.mark.parametrize("sparse", [True, False])
@pytest.mark.parametrize(("positive", "factor"), POSITIVE, ids=["no", "one", "each"])
@pytest.mark.parametrize(
    ("kind", "gamma"), [(layers.BinaryCrossentropy, 0.0), (layers.BinaryFocalCrossentropy, 2.0)]
)
def test_class_and_positive_weights_multiply_each_channels_binary_term(
    kind: Callable[..., Any], gamma: Any, positive: Any, factor: Any, sparse: bool, case: Case
) -> None:
    terms = binary_terms(case.one_hot, case.predicted.astype(float), gamma)
    expected = (W * np.where(case.one_hot > 0, factor, 1.0) * terms).mean()
    for axis, t, p in case.formats():
        loss = kind(axis=axis, class_weights=W.tolist(), positive_weight=positive, sparse=sparse)
        assert float(loss(case.labels if sparse else t, p)) == pytest.approx(expected, rel=2e-5)


def test_positive_weight_of_soft_targets_is_that_of_tensorflow(case: Case) -> None:
    import tensorflow

    soft = 0.8 * case.one_hot + 0.1
    logits = np.log(case.predicted)
    expected = tensorflow.nn.weighted_cross_entropy_with_logits(soft, logits, 3.0)
    for axis, t, _ in case.formats():
        loss = layers.BinaryCrossentropy(
            axis=axis, from_logits=True, label_smoothing=0.2, positive_weight=3.0
        )
        value = float(loss(t, np.moveaxis(logits, -1, axis)))
        assert value == pytest.approx(float(np.mean(expected)), rel=1e-5)


def test_class_weights_leave_ignored_positions_at_zero(new_case: Callable[..., Case]) -> None:
    case = new_case((5, 3))
    labels = case.labels.copy()
    labels[:, 1] = 255
    valid = labels != 255
    expected = (W[case.labels] * cross_entropy(case))[valid].mean()
    for axis, _, p in case.formats():
        loss = layers.SparseCategoricalCrossentropy(axis, ignore_class=255, class_weights=W.tolist())
        assert float(loss(labels, p)) == pytest.approx(expected, rel=1e-5)


def test_weighted_sum_adds_its_losses(case: Case) -> None:
    for axis, t, p in case.formats():
        parts = [
            layers.CategoricalCrossentropy(axis=axis),
            layers.DiceLoss(axis=axis),
            layers.DiceLoss(axis, False),
        ]
        expected = sum(w * float(part(t, p)) for w, part in zip((1.0, 0.5, 2.0), parts, strict=True))
        value = float(layers.WeightedSum(parts, [1.0, 0.5, 2.0])(t, p))
        assert value == pytest.approx(expected, rel=1e-5)


def test_weighted_sum_takes_one_weight_a_sample(case: Case) -> None:
    for axis, t, p in case.formats():
        loss = layers.WeightedSum([layers.CategoricalCrossentropy(axis), layers.DiceLoss(axis)], [1, 1])
        first = float(loss(t[:1], p[:1]))
        assert float(loss(t, p, sample_weight=np.array([2.0, 0.0]))) == pytest.approx(first, rel=1e-5)


def test_weights_of_unknown_rank_are_those_of_their_shape(new_case: Callable[..., Case]) -> None:
    import tensorflow

    case = new_case((5, 3))
    loss, w = layers.DiceLoss(), np.random.default_rng(0).uniform(size=case.labels.shape)

    @tensorflow.function(input_signature=[tensorflow.TensorSpec(None)])
    def traced(weight: Any) -> Any:
        return loss(case.one_hot, case.predicted, weight)

    for weight in (w, w[:, 0, 0], w[..., None]):
        expected = float(loss(case.one_hot, case.predicted, weight))
        assert float(traced(weight.astype("float32"))) == pytest.approx(expected, rel=1e-5)


def test_pointwise_losses_compute_in_float32(new_case: Callable[..., Case]) -> None:
    case = new_case((5, 3))
    half = keras.ops.cast(case.predicted, "bfloat16")
    for loss in (
        layers.SparseCategoricalCrossentropy(),
        layers.SparseCategoricalCrossentropy(class_weights=W.tolist()),
        layers.WeightedSum([layers.DiceLoss(sparse=True)], [1.0]),
    ):
        value = loss(case.labels, half)
        assert keras.backend.standardize_dtype(value.dtype) == "float32"
        assert float(value) == pytest.approx(
            float(loss(case.labels, keras.ops.cast(half, "float32"))), abs=1e-7
        )


CE = layers.CategoricalCrossentropy
ONES = np.ones((1, 4, 3))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CE(class_weights=[1, -2]), "non-negative"),
        (lambda: CE(class_weights=[1, 2])(ONES, ONES), "3 classes"),
        (lambda: layers.BinaryCrossentropy(positive_weight=[1, 2])(ONES, ONES), "3 classes"),
        (lambda: layers.RegressionLoss("cubed")(ONES, ONES), "squared, absolute, huber"),
        (lambda: CE(reduction="mean_with_sample_weight"), "reduction"),
        (lambda: CE()(ONES, ONES, np.ones((1, 4, 3))), "one value a sample"),
        (lambda: CE()(np.ones((1, 4)), ONES), "the sparse form"),
        (lambda: layers.BinaryCrossentropy()(np.ones((1, 5, 2)), np.ones((1, 5, 1))), "a mask of 0 and 1"),
        (lambda: layers.WeightedSum([K.MeanSquaredError()], [1]), "unetgen.layers"),
        (lambda: layers.WeightedSum([CE()], [1, 2]), "one value a loss"),
        (lambda: layers.WeightedSum([], []), "one value a loss"),
        (lambda: layers.WeightedSum([CE(reduction="sum")], [1]), "reduction"),
        (lambda: layers.WeightedSum([CE()], [float("nan")]), "finite"),
    ],
)
def test_wrong_arguments_are_refused(make: Callable[..., Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
