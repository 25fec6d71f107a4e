"""Cross-entropies whose value does not depend on the data format, where Keras's own does.

Measured in Keras 3.15: ``label_smoothing`` divides by the size of the *last* axis, a per-class focal
``alpha`` broadcasts along the *last* axis, and on TensorFlow the sparse form refuses any axis but the last.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from unetgen.layers.targets import class_labels
from unetgen.layers.tensor import Tensor, along_axis, axis_index


def smooth_labels(y_true: Tensor, smoothing: float, axis: int) -> Tensor:
    """``t*(1-s) + s/classes``, counting the classes on ``axis`` (Szegedy et al. 2016, section 7)."""
    return y_true * (1.0 - smoothing) + smoothing / y_true.shape[axis] if smoothing else y_true


@keras.saving.register_keras_serializable(package="unetgen")
class CategoricalCrossentropy(keras.losses.CategoricalCrossentropy):  # type: ignore[misc]
    """``keras.losses.CategoricalCrossentropy`` with the label smoothing counted on the class axis.

    Arguments, shapes and config are Keras's; without label smoothing so is the value.
    """

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        target = smooth_labels(y_true, self.label_smoothing, self.axis)
        return ops.categorical_crossentropy(target, y_pred, from_logits=self.from_logits, axis=self.axis)


@keras.saving.register_keras_serializable(package="unetgen")
class CategoricalFocalCrossentropy(keras.losses.CategoricalFocalCrossentropy):  # type: ignore[misc]
    """``keras.losses.CategoricalFocalCrossentropy`` with smoothing and ``alpha`` on the class axis.

    ``alpha`` is a scalar or one value a class. Lin et al. 2017, "Focal loss for dense object detection".
    """

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        alpha = self.alpha
        if isinstance(alpha, (list, tuple)):
            alpha = along_axis(ops.convert_to_tensor(alpha, dtype=y_pred.dtype), self.axis, len(y_pred.shape))
        return keras.losses.categorical_focal_crossentropy(
            smooth_labels(y_true, self.label_smoothing, self.axis),
            y_pred,
            alpha=alpha,
            gamma=self.gamma,
            from_logits=self.from_logits,
            axis=self.axis,
        )


@keras.saving.register_keras_serializable(package="unetgen")
class SparseCategoricalCrossentropy(keras.losses.Loss):  # type: ignore[misc]
    """``-log p_t`` of the integer label ``t``, with the classes on any axis.

    Args:
        axis: the class axis of ``y_pred``, the batch counted: -1 for channels_last, 1 for channels_first.
        from_logits: whether ``y_pred`` holds logits.
        ignore_class: a label whose positions count neither in the sum nor in the mean's denominator, as
            ``keras.losses.SparseCategoricalCrossentropy`` has it. ``call`` scales the others by
            ``positions / valid positions``, so that the mean over all positions is that mean.

    Shapes:
        y_pred: ``(batch, *spatial, classes)`` or ``(batch, classes, *spatial)``.
        y_true: the same without the class axis, or with size 1 there.
        call: ``(batch, *spatial)``.
    """

    def __init__(
        self,
        axis: int = -1,
        from_logits: bool = False,
        ignore_class: int | None = None,
        name: str = "sparse_categorical_crossentropy",
        reduction: str | None = "sum_over_batch_size",
    ) -> None:
        super().__init__(name=name, reduction=reduction)
        self.axis = axis
        self.from_logits = from_logits
        self.ignore_class = ignore_class

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        labels = class_labels(y_true, y_pred, self.axis)
        if self.ignore_class is None:
            return self._pointwise(labels, y_pred)
        valid = ops.not_equal(labels, ops.cast(self.ignore_class, labels.dtype))
        labels = ops.where(valid, labels, ops.zeros_like(labels))
        # Filled before and masked after: an infinite loss times a zero weight would give a NaN gradient.
        y_pred = ops.where(ops.expand_dims(valid, self.axis), y_pred, ops.ones_like(y_pred))
        weight = ops.cast(valid, y_pred.dtype)
        losses = self._pointwise(labels, y_pred) * weight
        if self.reduction in ("sum", "none", None):
            return losses
        return losses / ops.maximum(ops.mean(weight), keras.config.epsilon())

    def _pointwise(self, labels: Tensor, y_pred: Tensor) -> Tensor:
        index = axis_index(self.axis, len(y_pred.shape))
        labels = ops.cast(labels, "int32")
        if index == len(y_pred.shape) - 1:
            return ops.sparse_categorical_crossentropy(labels, y_pred, from_logits=self.from_logits)
        target = ops.one_hot(labels, y_pred.shape[index], axis=index, dtype=y_pred.dtype)
        return ops.categorical_crossentropy(target, y_pred, from_logits=self.from_logits, axis=index)

    def get_config(self) -> dict[str, Any]:
        arguments = {"axis": self.axis, "from_logits": self.from_logits, "ignore_class": self.ignore_class}
        return {**super().get_config(), **arguments}
