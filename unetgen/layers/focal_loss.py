"""CategoricalFocalCrossentropy: positions that are already right count less (Lin et al. 2017)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from unetgen.layers.crossentropy import CategoricalLoss, smooth_labels
from unetgen.layers.tensor import Tensor, along_axis


@keras.saving.register_keras_serializable(package="unetgen")
class CategoricalFocalCrossentropy(CategoricalLoss):
    """``-alpha (1 - p)**gamma log p`` of the true class (arXiv 1708.02002), as Keras's of this name.

    Measured in Keras 3.15: an ``alpha`` per class broadcasts along the *last* axis there, and here along the
    class axis.

    Args:
        axis, sparse, ignore_class, from_logits, class_weights, name, reduction: as of `ClassWeighted`.
        alpha: a scalar or one value a class.
        gamma: the exponent; not negative.
        label_smoothing: the share of each target that is spread over all classes.

    Shapes:
        y_pred: ``(batch, *spatial, classes)`` or ``(batch, classes, *spatial)``.
    """

    def __init__(
        self,
        axis: int = -1,
        alpha: float | Sequence[float] = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        class_weights: Sequence[float] | None = None,
        sparse: bool = False,
        ignore_class: int | None = None,
        name: str = "categorical_focal_crossentropy",
        reduction: str | None = "sum_over_batch_size",
    ) -> None:
        super().__init__(axis, sparse, ignore_class, from_logits, class_weights, name, reduction)
        self.alpha = alpha
        self.gamma = gamma
        self.label_smoothing = label_smoothing

    def of_classes(self, target: Tensor, y_pred: Tensor) -> Tensor:
        alpha: Any = self.alpha
        if isinstance(alpha, list | tuple):
            alpha = along_axis(ops.convert_to_tensor(alpha, dtype=y_pred.dtype), self.axis, len(y_pred.shape))
        target = smooth_labels(target, self.label_smoothing, self.axis)
        p = ops.softmax(y_pred, axis=self.axis) if self.from_logits else y_pred
        epsilon = keras.config.epsilon()
        p = ops.clip(p / ops.sum(p, axis=self.axis, keepdims=True), epsilon, 1.0 - epsilon)
        terms = -alpha * ops.power(1.0 - p, self.gamma) * target * ops.log(p)
        return ops.sum(terms, axis=self.axis)

    def get_config(self) -> dict[str, Any]:
        alpha = list(self.alpha) if isinstance(self.alpha, list | tuple) else self.alpha
        arguments = {"alpha": alpha, "gamma": self.gamma, "label_smoothing": self.label_smoothing}
        return {**super().get_config(), **arguments}
