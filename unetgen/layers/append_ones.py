"""AppendOnes: more channels, of ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from unetgen.layers.tensor import Tensor


@keras.saving.register_keras_serializable(package="unetgen")
class AppendOnes(keras.layers.Layer):  # type: ignore[misc]
    """The input with more channels, of ones, behind its own.

    Args:
        count: how many channels are added.
        axis: the channel axis, the batch counted.
    """

    def __init__(self, count: int = 1, axis: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.count = int(count)
        self.axis = int(axis)

    def call(self, inputs: Tensor) -> Tensor:
        like = ops.take(inputs, ops.convert_to_tensor([0] * self.count, dtype="int32"), axis=self.axis)
        return ops.concatenate([inputs, ops.ones_like(like)], axis=self.axis)

    def compute_output_shape(self, input_shape: Sequence[int | None]) -> tuple[int | None, ...]:
        shape = list(input_shape)
        channels = shape[self.axis]
        shape[self.axis] = None if channels is None else channels + self.count
        return tuple(shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "count": self.count, "axis": self.axis}
