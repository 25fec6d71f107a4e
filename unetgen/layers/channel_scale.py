"""ChannelScale: a learned factor for each channel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from unetgen.layers.tensor import Tensor


@keras.saving.register_keras_serializable(package="unetgen")
class ChannelScale(keras.layers.Layer):  # type: ignore[misc]
    """The input times one learned factor for each channel (ConvNeXt's layer scale, arXiv 2201.03545).

    Args:
        initial: the factors before training.
        axis: the channel axis, the batch counted.
    """

    def __init__(self, initial: float = 1e-6, axis: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.initial = float(initial)
        self.axis = int(axis)

    def build(self, input_shape: Sequence[int | None]) -> None:
        self.scale = self.add_weight(
            shape=(input_shape[self.axis],),
            initializer=keras.initializers.Constant(self.initial),
            name="scale",
        )
        super().build(input_shape)

    def call(self, inputs: Tensor) -> Tensor:
        shape = [1] * len(inputs.shape)
        shape[self.axis] = -1
        return inputs * ops.reshape(self.scale, shape)

    def compute_output_shape(self, input_shape: Sequence[int | None]) -> tuple[int | None, ...]:
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "initial": self.initial, "axis": self.axis}
