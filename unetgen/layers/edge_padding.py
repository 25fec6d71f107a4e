"""EdgePadding: spatial axes padded with their outermost values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from unetgen.layers.spatial import SpatialLayer
from unetgen.layers.tensor import DataFormat, Tensor


@keras.saving.register_keras_serializable(package="unetgen")
class EdgePadding(SpatialLayer):
    """Padding that repeats the outermost values: ``replicate`` in PyTorch, ``edge`` in NumPy.

    Args:
        padding: (before, after) for each spatial axis.
        data_format: where the channels are.
    """

    def __init__(
        self, padding: Sequence[Sequence[int]], data_format: DataFormat = "channels_last", **kwargs: Any
    ) -> None:
        super().__init__(len(padding), data_format, **kwargs)
        self.padding = tuple((int(before), int(after)) for before, after in padding)
        if any(amount < 0 for pair in self.padding for amount in pair):
            raise ValueError(f"padding: must not be negative (got {[list(pair) for pair in padding]})")

    def infer(self, spatial: tuple[int, ...], channels: int) -> tuple[tuple[int, ...], int]:
        return tuple(n + sum(pair) for n, pair in zip(spatial, self.padding, strict=True)), channels

    def call(self, inputs: Tensor) -> Tensor:
        spatial, _ = self.sizes(inputs.shape)
        for axis, size, (before, after) in zip(self.spatial_axes, spatial, self.padding, strict=True):
            if before or after:
                places = np.clip(np.arange(-before, size + after), 0, size - 1)
                inputs = ops.take(inputs, ops.convert_to_tensor(places, dtype="int32"), axis=axis)
        return inputs

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "padding": [list(pair) for pair in self.padding]}
