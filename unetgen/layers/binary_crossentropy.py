"""Binary cross-entropies: each class on its own, with a weight of what is there against what is not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from unetgen.layers.crossentropy import ClassWeighted
from unetgen.layers.targets import one_hot_targets
from unetgen.layers.tensor import Tensor, along_axis, optional_weights, require_classes


@keras.saving.register_keras_serializable(package="unetgen")
class BinaryCrossentropy(ClassWeighted):
    """``mean_c w_c * -(q_c t log p + (1 - t) log(1 - p))``, ``w`` the class weights, ``q`` the positive ones.

    ``q`` is ``pos_weight`` of PyTorch's ``BCEWithLogitsLoss`` and of TensorFlow's
    ``weighted_cross_entropy_with_logits``. Without weights it is ``keras.losses.BinaryCrossentropy``.

    Args:
        axis, sparse, ignore_class, from_logits, class_weights, name, reduction: as of `ClassWeighted`.
        label_smoothing: draws the targets this far towards 1/2.
        positive_weight: multiplies the terms of target 1: a number, or one a class; positive.

    Shapes:
        y_pred: ``(batch, *spatial, classes)`` or ``(batch, classes, *spatial)``; y_true: the same, or with a
        single class ``(batch, *spatial)``.
    """

    def __init__(
        self,
        axis: int = -1,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        class_weights: Sequence[float] | None = None,
        positive_weight: float | Sequence[float] | None = None,
        sparse: bool = False,
        ignore_class: int | None = None,
        name: str = "binary_crossentropy",
        reduction: str | None = "sum_over_batch_size",
    ) -> None:
        super().__init__(axis, sparse, ignore_class, from_logits, class_weights, name, reduction)
        self.label_smoothing = label_smoothing
        if isinstance(positive_weight, list | tuple):
            positive_weight = optional_weights(positive_weight, "positive_weight")
        self.positive_weight = positive_weight

    def pointwise(self, target: Tensor, y_pred: Tensor) -> Tensor:
        target = one_hot_targets(target, y_pred, self.axis, sparse=self.sparse)
        if self.label_smoothing:
            target = target * (1.0 - self.label_smoothing) + 0.5 * self.label_smoothing
        terms = self.terms(target, y_pred)
        if self.class_weights is not None:
            terms = terms * self.weights_along(y_pred)
        return ops.mean(terms, axis=self.axis)

    def terms(self, target: Tensor, y_pred: Tensor) -> Tensor:
        """The cross-entropy of every class at every position, without class weights."""
        if self.positive_weight is None:
            return ops.binary_crossentropy(target, y_pred, from_logits=self.from_logits)
        absent, present = (
            ops.binary_crossentropy(there, y_pred, from_logits=self.from_logits)
            for there in (ops.zeros_like(y_pred), ops.ones_like(y_pred))
        )
        return self._positive(y_pred) * target * present + (1.0 - target) * absent

    def _positive(self, y_pred: Tensor) -> Tensor:
        if not isinstance(self.positive_weight, tuple):
            return self.positive_weight
        require_classes(self.positive_weight, y_pred, self.axis, "positive_weight")
        weights = ops.convert_to_tensor(self.positive_weight, dtype=y_pred.dtype)
        return along_axis(weights, self.axis, len(y_pred.shape))

    def get_config(self) -> dict[str, Any]:
        positive = self.positive_weight
        arguments = {
            "label_smoothing": self.label_smoothing,
            "positive_weight": list(positive) if isinstance(positive, tuple) else positive,
        }
        return {**super().get_config(), **arguments}


@keras.saving.register_keras_serializable(package="unetgen")
class BinaryFocalCrossentropy(BinaryCrossentropy):
    """`BinaryCrossentropy` with every term times ``(1 - p_t)**gamma``, ``p_t`` the truth's probability.

    Without weights it is ``keras.losses.BinaryFocalCrossentropy`` (Lin et al. 2017, arXiv 1708.02002).

    Args:
        axis, from_logits, class_weights, positive_weight, sparse, ignore_class, name, reduction: as of
            `BinaryCrossentropy`.
        alpha: with ``apply_class_balancing``, weighs ones; zeros get ``1 - alpha``.
        gamma: the exponent; not negative.
        apply_class_balancing: whether ``alpha`` counts.
    """

    def __init__(
        self,
        axis: int = -1,
        apply_class_balancing: bool = False,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        class_weights: Sequence[float] | None = None,
        positive_weight: float | Sequence[float] | None = None,
        sparse: bool = False,
        ignore_class: int | None = None,
        name: str = "binary_focal_crossentropy",
        reduction: str | None = "sum_over_batch_size",
    ) -> None:
        super().__init__(
            axis, from_logits, 0.0, class_weights, positive_weight, sparse, ignore_class, name, reduction
        )
        self.apply_class_balancing = apply_class_balancing
        self.alpha = alpha
        self.gamma = gamma

    def terms(self, target: Tensor, y_pred: Tensor) -> Tensor:
        p = ops.sigmoid(y_pred) if self.from_logits else y_pred
        p_true = target * p + (1.0 - target) * (1.0 - p)
        terms = ops.power(1.0 - p_true, self.gamma) * super().terms(target, y_pred)
        if not self.apply_class_balancing:
            return terms
        return terms * (target * self.alpha + (1.0 - target) * (1.0 - self.alpha))

    def get_config(self) -> dict[str, Any]:
        config = {key: value for key, value in super().get_config().items() if key != "label_smoothing"}
        return {
            **config,
            "apply_class_balancing": self.apply_class_balancing,
            "alpha": self.alpha,
            "gamma": self.gamma,
        }
