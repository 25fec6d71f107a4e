"""Accuracies that read the class axis, where Keras's always read the last one."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from unetgen.layers.targets import class_labels
from unetgen.layers.tensor import Tensor


def _predicted(y_pred: Tensor, axis: int) -> Tensor:
    if y_pred.shape[axis] == 1:
        raise ValueError(
            f"axis: the prediction {tuple(y_pred.shape)} has one class on axis {axis}, always the largest; "
            "use keras.metrics.BinaryAccuracy"
        )
    return ops.argmax(y_pred, axis=axis)


def _categorical_matches(y_true: Tensor, y_pred: Tensor, axis: int) -> Tensor:
    return ops.cast(ops.equal(ops.argmax(y_true, axis=axis), _predicted(y_pred, axis)), "float32")


def _sparse_matches(y_true: Tensor, y_pred: Tensor, axis: int) -> Tensor:
    predicted = _predicted(y_pred, axis)
    labels = ops.cast(class_labels(ops.convert_to_tensor(y_true), y_pred, axis), predicted.dtype)
    return ops.cast(ops.equal(labels, predicted), "float32")


@keras.saving.register_keras_serializable(package="unetgen")
class CategoricalAccuracy(keras.metrics.MeanMetricWrapper):  # type: ignore[misc]
    """Share of positions where target and prediction have their largest value in the same class.

    Args:
        axis: the class axis, the batch counted: -1 for channels_last, 1 for channels_first.
        name: the metric's name in logs.
        dtype: of the state and the result.

    Shapes:
        y_true, y_pred: ``(batch, *spatial, classes)`` or ``(batch, classes, *spatial)``; result: a scalar.
    """

    def __init__(self, axis: int = -1, name: str = "categorical_accuracy", dtype: str | None = None) -> None:
        super().__init__(_categorical_matches, name=name, dtype=dtype, axis=axis)
        self.axis = axis

    def get_config(self) -> dict[str, Any]:
        return {"axis": self.axis, "name": self.name, "dtype": self.dtype}


@keras.saving.register_keras_serializable(package="unetgen")
class SparseCategoricalAccuracy(keras.metrics.MeanMetricWrapper):  # type: ignore[misc]
    """Share of positions whose most likely class is the integer label.

    Args:
        axis: the class axis of ``y_pred``, the batch counted.
        name: the metric's name in logs.
        dtype: of the state and the result.

    Shapes:
        y_pred: as above; y_true: without the class axis, or with size 1 there; result: a scalar.
    """

    def __init__(
        self, axis: int = -1, name: str = "sparse_categorical_accuracy", dtype: str | None = None
    ) -> None:
        super().__init__(_sparse_matches, name=name, dtype=dtype, axis=axis)
        self.axis = axis

    def get_config(self) -> dict[str, Any]:
        return {"axis": self.axis, "name": self.name, "dtype": self.dtype}
