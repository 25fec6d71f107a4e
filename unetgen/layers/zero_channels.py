"""ZeroChannels: more channels, of zeros."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from unetgen.layers.tensor import Tensor


@keras.saving.register_keras_serializable(package="unetgen")
class ZeroChannels(keras.layers.Layer):  # type: ignore[misc]
    """The input with more channels, of zeros, behind its own.

    Args:
        count: how many channels are added.
        is_detached: whether the input gets no gradient through this layer.
        axis: the channel axis, the batch counted.
    """

    def __init__(self, count: int, is_detached: bool = False, axis: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.count = int(count)
        self.is_detached = bool(is_detached)
        self.axis = int(axis)

    def call(self, inputs: Tensor) -> Tensor:
        x = ops.stop_gradient(inputs) if self.is_detached else inputs
        # No padding op: before a convolution oneDNN takes it for one of space.
        like = ops.take(x, ops.convert_to_tensor([0] * self.count, dtype="int32"), axis=self.axis)
        return ops.concatenate([x, ops.zeros_like(like)], axis=self.axis)

    def compute_output_shape(self, input_shape: Sequence[int | None]) -> tuple[int | None, ...]:
        shape = list(input_shape)
        channels = shape[self.axis]
        shape[self.axis] = None if channels is None else channels + self.count
        return tuple(shape)

    def get_config(self) -> dict[str, Any]:
        said = {"count": self.count, "is_detached": self.is_detached, "axis": self.axis}
        return {**super().get_config(), **said}
