"""PixelUnshuffle: space rearranged into channels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from unetgen.layers.spatial import SpatialLayer, positive_ints
from unetgen.layers.tensor import DataFormat, Tensor


@keras.saving.register_keras_serializable(package="unetgen")
class PixelUnshuffle(SpatialLayer):
    """Space to depth: the inverse of `PixelShuffle`, in PyTorch's channel order.

    Input channel ``c`` at the place ``offset`` (row-major) of a ``size`` block goes to output channel
    ``c*prod(size) + offset``.

    Args:
        size: one integer factor for each spatial axis; the spatial sizes are multiples of it.
        data_format: where the channels are.
    """

    def __init__(self, size: Sequence[int], data_format: DataFormat = "channels_last", **kwargs: Any) -> None:
        super().__init__(len(size), data_format, **kwargs)
        self.size = positive_ints(size, "size")

    def infer(self, spatial: tuple[int, ...], channels: int) -> tuple[tuple[int, ...], int]:
        if any(isinstance(n, int) and n % f for n, f in zip(spatial, self.size, strict=True)):
            raise ValueError(
                f"{self.name}: the spatial sizes must be multiples of size {list(self.size)} "
                f"(got {list(spatial)})"
            )
        smaller = tuple(n // f for n, f in zip(spatial, self.size, strict=True))
        return smaller, channels * math.prod(self.size)

    def call(self, inputs: Tensor) -> Tensor:
        spatial, channels = self.sizes(inputs)
        spatial_out, channels_out = self.infer(spatial, channels)
        dims = self.dims
        pairs = [part for n, f in zip(spatial_out, self.size, strict=True) for part in (n, f)]
        # Split each spatial axis into (block, offset), then put the offsets behind the channel.
        if self.data_format == "channels_last":
            split = (-1, *pairs, channels)
            blocks = [1 + 2 * d for d in range(dims)]
            order = (0, *blocks, 1 + 2 * dims, *(axis + 1 for axis in blocks))
        else:
            split = (-1, channels, *pairs)
            blocks = [2 + 2 * d for d in range(dims)]
            order = (0, 1, *(axis + 1 for axis in blocks), *blocks)
        moved = ops.transpose(ops.reshape(inputs, split), order)
        return ops.reshape(moved, self.full_shape(-1, spatial_out, channels_out))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "size": list(self.size)}
