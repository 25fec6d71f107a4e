"""Cross-entropies on the class axis of the data format, with class weights, ignored positions and weights.

Where Keras has the loss too, the value without these is Keras's own. Measured in Keras 3.15: its
``label_smoothing`` divides by the size of the *last* axis, and on TensorFlow its sparse form refuses any axis
but the last.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from unetgen.layers.position_loss import PointwiseLoss
from unetgen.layers.targets import one_hot_targets
from unetgen.layers.tensor import Tensor, along_axis, axis_index, optional_weights, require_classes


def smooth_labels(y_true: Tensor, smoothing: float, axis: int) -> Tensor:
    """``t*(1-s) + s/classes``, counting the classes on ``axis`` (Szegedy et al. 2016, section 7)."""
    return y_true * (1.0 - smoothing) + smoothing / y_true.shape[axis] if smoothing else y_true


class ClassWeighted(PointwiseLoss):
    """A cross-entropy with weights of classes: ``mean over positions of w[true class] * loss``.

    Dividing by the number of positions, and not by the sum of their weights (as PyTorch's
    ``CrossEntropyLoss(weight=...)`` does), keeps the loss comparable between batches: a batch without the
    heavy class has a small loss. Ronneberger et al. 2015 (U-Net), equation 1, weighs the same way.

    Args:
        axis, sparse, ignore_class, name, reduction: as of `PositionLoss`.
        from_logits: whether ``y_pred`` holds logits.
        class_weights: one weight for each class on the class axis; not negative.
    """

    def __init__(
        self,
        axis: int,
        sparse: bool,
        ignore_class: int | None,
        from_logits: bool,
        class_weights: Sequence[float] | None,
        name: str,
        reduction: str | None,
    ) -> None:
        super().__init__(axis, sparse, ignore_class, name, reduction)
        self.from_logits = from_logits
        self.class_weights = optional_weights(class_weights, "class_weights")

    def weights_along(self, y_pred: Tensor) -> Tensor:
        """The class weights, shaped to broadcast along the class axis."""
        require_classes(self.class_weights or (), y_pred, self.axis, "class_weights")
        weights = ops.convert_to_tensor(self.class_weights, dtype=y_pred.dtype)
        return along_axis(weights, self.axis, len(y_pred.shape))

    def get_config(self) -> dict[str, Any]:
        weights = None if self.class_weights is None else list(self.class_weights)
        return {**super().get_config(), "from_logits": self.from_logits, "class_weights": weights}


class CategoricalLoss(ClassWeighted):
    """A cross-entropy of exclusive classes: a position weighs ``sum_c w_c t_c``."""

    def pointwise(self, target: Tensor, y_pred: Tensor) -> Tensor:
        target = one_hot_targets(target, y_pred, self.axis, sparse=self.sparse)
        losses = self.of_classes(target, y_pred)
        if self.class_weights is None:
            return losses
        return losses * ops.sum(self.weights_along(y_pred) * target, axis=self.axis)

    def of_classes(self, target: Tensor, y_pred: Tensor) -> Tensor:
        """``(batch, *spatial)``, of one-hot targets and without class weights."""
        raise NotImplementedError


@keras.saving.register_keras_serializable(package="unetgen")
class CategoricalCrossentropy(CategoricalLoss):
    """``-sum_c t_c log p_c``, the loss of ``keras.losses.CategoricalCrossentropy``.

    Args:
        axis, sparse, ignore_class, from_logits, class_weights, name, reduction: as of `ClassWeighted`.
        label_smoothing: the share of each target that is spread over all classes.

    Shapes:
        y_pred: ``(batch, *spatial, classes)`` or ``(batch, classes, *spatial)``; y_true: the same, one-hot;
        where ``sparse``, without the class axis or with size 1 there.
    """

    def __init__(
        self,
        axis: int = -1,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        class_weights: Sequence[float] | None = None,
        sparse: bool = False,
        ignore_class: int | None = None,
        name: str = "categorical_crossentropy",
        reduction: str | None = "sum_over_batch_size",
    ) -> None:
        super().__init__(axis, sparse, ignore_class, from_logits, class_weights, name, reduction)
        self.label_smoothing = label_smoothing

    def of_classes(self, target: Tensor, y_pred: Tensor) -> Tensor:
        target = smooth_labels(target, self.label_smoothing, self.axis)
        return ops.categorical_crossentropy(target, y_pred, from_logits=self.from_logits, axis=self.axis)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "label_smoothing": self.label_smoothing}


@keras.saving.register_keras_serializable(package="unetgen")
class SparseCategoricalCrossentropy(ClassWeighted):
    """``-log p_t`` of the integer label ``t``, the loss of ``keras.losses.SparseCategoricalCrossentropy``.

    Args:
        axis, ignore_class, from_logits, class_weights, name, reduction: as of `ClassWeighted`.

    Shapes:
        y_pred: ``(batch, *spatial, classes)`` or ``(batch, classes, *spatial)``.
        y_true: the same without the class axis, or with size 1 there.
    """

    def __init__(
        self,
        axis: int = -1,
        from_logits: bool = False,
        ignore_class: int | None = None,
        class_weights: Sequence[float] | None = None,
        name: str = "sparse_categorical_crossentropy",
        reduction: str | None = "sum_over_batch_size",
    ) -> None:
        super().__init__(axis, True, ignore_class, from_logits, class_weights, name, reduction)

    def pointwise(self, target: Tensor, y_pred: Tensor) -> Tensor:
        index, labels = axis_index(self.axis, len(y_pred.shape)), ops.cast(target, "int32")
        if index == len(y_pred.shape) - 1:
            losses = ops.sparse_categorical_crossentropy(labels, y_pred, from_logits=self.from_logits)
        else:
            one_hot = ops.one_hot(labels, y_pred.shape[index], axis=index, dtype=y_pred.dtype)
            losses = ops.categorical_crossentropy(
                one_hot, y_pred, from_logits=self.from_logits, axis=self.axis
            )
        if self.class_weights is None:
            return losses
        weights = ops.reshape(self.weights_along(y_pred), (-1,))
        return losses * ops.take(weights, labels, axis=0)

    def get_config(self) -> dict[str, Any]:
        return {key: value for key, value in super().get_config().items() if key != "sparse"}
