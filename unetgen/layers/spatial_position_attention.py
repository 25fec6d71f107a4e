"""SpatialPositionAttention: MA-Net's attention of all positions to each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from unetgen.layers.spatial import Shape, SpatialLayer
from unetgen.layers.tensor import Tensor


@keras.saving.register_keras_serializable(package="unetgen")
class SpatialPositionAttention(SpatialLayer):
    """The values, weighed by one softmax over the products of all queries with all keys.

    The weighed values, a row of channels for each position, are read again as positions for each channel,
    without a transposition, as in segmentation_models_pytorch. Weights below float16's range count: the
    scores are in float32 at least.

    Args:
        dims: number of spatial axes.
        data_format: where the channels are.

    Shapes:
        queries, keys and values, the first two of equal shapes, all three of equal spatial sizes; the output
        has the shape of the values.
    """

    def infer(self, spatial: tuple[int, ...], channels: int) -> tuple[tuple[int, ...], int]:
        return spatial, channels

    def compute_output_shape(self, input_shape: Sequence[Shape]) -> Shape:  # type: ignore[override]
        return tuple(input_shape[2])

    def call(self, inputs: Sequence[Tensor]) -> Tensor:
        spatial, channels = self.sizes(inputs[2])
        positions = math.prod(spatial)
        query, key, value = (self._rows(x, positions) for x in inputs)
        scores = ops.matmul(query, ops.swapaxes(key, 1, 2))
        weights = ops.softmax(ops.reshape(scores, (-1, positions * positions)), axis=-1)
        weighed = ops.matmul(ops.reshape(weights, (-1, positions, positions)), value)
        weighed = ops.cast(weighed, self.compute_dtype)
        if self.channel_axis == 1:
            return ops.reshape(weighed, (-1, channels, *spatial))
        # LiteRT's converter has no way back from a transposition of three axes of which two are not known.
        read = ops.moveaxis(ops.reshape(weighed, (-1, channels, positions, 1)), 1, -1)
        return ops.reshape(read, (-1, *spatial, channels))

    def _rows(self, x: Tensor, positions: Any) -> Tensor:
        """The channels of each position, in float32 at least."""
        rows = x if self.channel_axis > 1 else ops.moveaxis(x, 1, -1)
        rows = ops.reshape(rows, (-1, positions, x.shape[self.channel_axis]))
        return rows if self.compute_dtype == "float64" else ops.cast(rows, "float32")

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "dims": self.dims}
