"""ChannelSelection: channels by their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from unetgen.layers.tensor import Tensor


@keras.saving.register_keras_serializable(package="unetgen")
class ChannelSelection(keras.layers.Layer):  # type: ignore[misc]
    """Channels of the input, in another order or several times.

    Args:
        channels: the number in the input of each channel of the output.
        axis: the channel axis, the batch counted.
    """

    def __init__(self, channels: Sequence[int], axis: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.channels = tuple(map(int, channels))
        self.axis = int(axis)

    def call(self, inputs: Tensor) -> Tensor:
        return ops.take(inputs, ops.convert_to_tensor(self.channels, dtype="int32"), axis=self.axis)

    def compute_output_shape(self, input_shape: Sequence[int | None]) -> tuple[int | None, ...]:
        shape = list(input_shape)
        shape[self.axis] = len(self.channels)
        return tuple(shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "channels": list(self.channels), "axis": self.axis}
