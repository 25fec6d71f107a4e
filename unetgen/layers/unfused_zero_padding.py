"""UnfusedZeroPadding: zeros around a tensor, which TensorFlow's graph optimiser would merge wrongly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from unetgen.layers.spatial import SpatialLayer
from unetgen.layers.tensor import DataFormat, Tensor
from unetgen.layers.unfusing import unfused


@keras.saving.register_keras_serializable(package="unetgen")
class UnfusedZeroPadding(SpatialLayer):
    """Zero padding before a convolution that pads too, in graphs as it is in eager mode.

    The optimiser of TensorFlow 2.21 gives a padding to the 3D convolution behind it on a CPU (oneDNN), and
    forgets the convolution's own: the output is smaller than it was planned.

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
        amounts = [(0, 0)] * (self.dims + 2)
        for axis, pair in zip(self.spatial_axes, self.padding, strict=True):
            amounts[axis] = pair
        return unfused(ops.pad(inputs, amounts))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "padding": [list(pair) for pair in self.padding]}
