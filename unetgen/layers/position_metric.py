"""PositionMetric: the weighted mean of a value at every position, over all batches."""

from __future__ import annotations

import abc
from typing import Any

import keras
from keras import ops

from unetgen.layers.positions import positions_of
from unetgen.layers.tensor import Tensor


class PositionMetric(keras.metrics.Mean, abc.ABC):  # type: ignore[misc]
    """``sum(w * value) / sum(w)`` over the positions that are not ignored, ``w`` the sample weight.

    Args:
        axis: the class axis of ``y_pred``, the batch counted: -1 for channels_last, 1 for channels_first.
        sparse: whether ``y_true`` holds integer labels.
        ignore_class: a label whose positions do not count; see `unetgen.layers.positions.positions_of`.
        name: the metric's name in logs.
        dtype: of the state and the result.
    """

    def __init__(
        self, axis: int, sparse: bool, ignore_class: int | None, name: str, dtype: str | None
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self.axis = axis
        self.sparse = sparse
        self.ignore_class = ignore_class

    @abc.abstractmethod
    def pointwise(self, target: Tensor, y_pred: Tensor) -> Tensor:
        """``(batch, *spatial)``, of targets as `Positions` has them."""

    def update_state(self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor | None = None) -> None:
        y_true = ops.convert_to_tensor(y_true, dtype=self.dtype)
        y_pred = ops.convert_to_tensor(y_pred, dtype=self.dtype)
        positions = positions_of(
            y_true, y_pred, sample_weight, self.axis, sparse=self.sparse, ignore_class=self.ignore_class
        )
        values = self.pointwise(positions.target, y_pred)
        super().update_state(values, sample_weight=positions.counted(self.dtype))

    def get_config(self) -> dict[str, Any]:
        return {
            "axis": self.axis,
            "sparse": self.sparse,
            "ignore_class": self.ignore_class,
            "name": self.name,
            "dtype": self.dtype,
        }
