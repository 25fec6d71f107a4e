"""Accuracies: the share of positions whose class is right, on the class axis of the data format."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from unetgen.layers.position_metric import PositionMetric
from unetgen.layers.tensor import Tensor


def _predicted(y_pred: Tensor, axis: int) -> Tensor:
    if y_pred.shape[axis] == 1:
        raise ValueError(
            f"axis: the prediction {tuple(y_pred.shape)} has one class on axis {axis}, always the largest; "
            "use BinaryAccuracy"
        )
    return ops.argmax(y_pred, axis=axis)


@keras.saving.register_keras_serializable(package="unetgen")
class CategoricalAccuracy(PositionMetric):
    """Share of positions where target and prediction have their largest value in the same class.

    Args:
        axis, ignore_class, name, dtype: as of `PositionMetric`.

    Shapes:
        y_true, y_pred: ``(batch, *spatial, classes)`` or ``(batch, classes, *spatial)``; result: a scalar.
    """

    def __init__(
        self,
        axis: int = -1,
        ignore_class: int | None = None,
        name: str = "categorical_accuracy",
        dtype: str | None = None,
    ) -> None:
        super().__init__(axis, False, ignore_class, name, dtype)

    def pointwise(self, target: Tensor, y_pred: Tensor) -> Tensor:
        right = ops.equal(ops.argmax(target, axis=self.axis), _predicted(y_pred, self.axis))
        return ops.cast(right, self.dtype)

    def get_config(self) -> dict[str, Any]:
        return {key: value for key, value in super().get_config().items() if key != "sparse"}


@keras.saving.register_keras_serializable(package="unetgen")
class SparseCategoricalAccuracy(PositionMetric):
    """Share of positions whose most likely class is the integer label.

    Args:
        axis, ignore_class, name, dtype: as of `PositionMetric`.

    Shapes:
        y_pred: as above; y_true: without the class axis, or with size 1 there; result: a scalar.
    """

    def __init__(
        self,
        axis: int = -1,
        ignore_class: int | None = None,
        name: str = "sparse_categorical_accuracy",
        dtype: str | None = None,
    ) -> None:
        super().__init__(axis, True, ignore_class, name, dtype)

    def pointwise(self, target: Tensor, y_pred: Tensor) -> Tensor:
        predicted = _predicted(y_pred, self.axis)
        return ops.cast(ops.equal(ops.cast(target, predicted.dtype), predicted), self.dtype)

    def get_config(self) -> dict[str, Any]:
        return {key: value for key, value in super().get_config().items() if key != "sparse"}


@keras.saving.register_keras_serializable(package="unetgen")
class BinaryAccuracy(PositionMetric):
    """Share of outputs on the target's side of the threshold, each class on its own.

    Args:
        axis, ignore_class, name, dtype: as of `PositionMetric`.
        threshold: an output above it counts as 1.

    Shapes:
        y_true, y_pred: ``(batch, *spatial, classes)`` or ``(batch, classes, *spatial)``; y_true of one class
        also ``(batch, *spatial)``; result: a scalar.
    """

    def __init__(
        self,
        axis: int = -1,
        threshold: float = 0.5,
        ignore_class: int | None = None,
        name: str = "binary_accuracy",
        dtype: str | None = None,
    ) -> None:
        super().__init__(axis, False, ignore_class, name, dtype)
        self.threshold = threshold

    def pointwise(self, target: Tensor, y_pred: Tensor) -> Tensor:
        right = ops.equal(target, ops.cast(y_pred > self.threshold, target.dtype))
        return ops.mean(ops.cast(right, self.dtype), axis=self.axis)

    def get_config(self) -> dict[str, Any]:
        config = {key: value for key, value in super().get_config().items() if key != "sparse"}
        return {**config, "threshold": self.threshold}
