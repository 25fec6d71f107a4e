"""PixelShuffle: channels rearranged into space."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from unetgen.layers.spatial import SpatialLayer, positive_ints
from unetgen.layers.tensor import DataFormat, Tensor


@keras.saving.register_keras_serializable(package="unetgen")
class PixelShuffle(SpatialLayer):
    """Depth to space: channels ``C*prod(size)`` to ``C``, spatial sizes times ``size`` (Shi et al. 2016).

    PyTorch's channel order, for any number of axes: input channel ``c*prod(size) + offset`` goes to output
    channel ``c``, at the place inside the ``size`` block that ``offset`` numbers in row-major order. (This is
    not TensorFlow's ``depth_to_space``, where the output channel is the fastest.)

    Args:
        size: one integer factor for each spatial axis.
        data_format: where the channels are.
    """

    def __init__(self, size: Sequence[int], data_format: DataFormat = "channels_last", **kwargs: Any) -> None:
        super().__init__(len(size), data_format, **kwargs)
        self.size = positive_ints(size, "size")

    def infer(self, spatial: tuple[int, ...], channels: int) -> tuple[tuple[int, ...], int]:
        block = math.prod(self.size)
        if channels % block:
            raise ValueError(
                f"{self.name}: the channels must be a multiple of prod(size) = {block} (got {channels}, "
                f"size {list(self.size)})"
            )
        return tuple(n * f for n, f in zip(spatial, self.size, strict=True)), channels // block

    def call(self, inputs: Tensor) -> Tensor:
        spatial, channels = self.sizes(inputs)
        spatial_out, channels_out = self.infer(spatial, channels)
        dims = self.dims
        # Split the channels into (out, *offsets), then put each offset behind its spatial axis.
        if self.data_format == "channels_last":
            split = (-1, *spatial, channels_out, *self.size)
            places = [axis for d in range(dims) for axis in (1 + d, 2 + dims + d)]
            order = (0, *places, 1 + dims)
        else:
            split = (-1, channels_out, *self.size, *spatial)
            places = [axis for d in range(dims) for axis in (2 + dims + d, 2 + d)]
            order = (0, 1, *places)
        moved = ops.transpose(ops.reshape(inputs, split), order)
        return ops.reshape(moved, self.full_shape(-1, spatial_out, channels_out))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "size": list(self.size)}
