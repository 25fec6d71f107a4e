"""AppendOnes: one more channel, of ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from unetgen.layers.tensor import Tensor


@keras.saving.register_keras_serializable(package="unetgen")
class AppendOnes(keras.layers.Layer):  # type: ignore[misc]
    """The input with one more channel, of ones.

    Args:
        axis: the channel axis, the batch counted.
    """

    def __init__(self, axis: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = int(axis)

    def call(self, inputs: Tensor) -> Tensor:
        first = ops.take(inputs, ops.convert_to_tensor([0], dtype="int32"), axis=self.axis)
        return ops.concatenate([inputs, ops.ones_like(first)], axis=self.axis)

    def compute_output_shape(self, input_shape: Sequence[int | None]) -> tuple[int | None, ...]:
        shape = list(input_shape)
        channels = shape[self.axis]
        shape[self.axis] = None if channels is None else channels + 1
        return tuple(shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis}
