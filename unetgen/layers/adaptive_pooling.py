"""AdaptivePooling: averages over a given number of bins on each axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from unetgen.layers.interpolation import along
from unetgen.layers.spatial import SpatialLayer, positive_ints
from unetgen.layers.tensor import DataFormat, Size, Tensor, arithmetic, known


@keras.saving.register_keras_serializable(package="unetgen")
class AdaptivePooling(SpatialLayer):
    """Spatial sizes become ``bins``: of n positions, bin i of b averages those from floor(i * n / b) up to
    ceil((i + 1) * n / b).

    That is ``keras.layers.AdaptiveAveragePooling``, which needs sizes that are known, and has more than one
    position for several bins; here each axis is a product with a matrix.

    Args:
        bins: how many on each spatial axis.
        data_format: where the channels are.
    """

    def __init__(self, bins: Sequence[int], data_format: DataFormat = "channels_last", **kwargs: Any) -> None:
        super().__init__(len(bins), data_format, **kwargs)
        self.bins = positive_ints(bins, "bins")

    def infer(self, spatial: tuple[int, ...], channels: int) -> tuple[tuple[int, ...], int]:
        return self.bins, channels

    def call(self, inputs: Tensor) -> Tensor:
        spatial, _ = self.sizes(inputs)
        x = inputs
        for axis, size, bins in zip(self.spatial_axes, spatial, self.bins, strict=True):
            x = along(x, axis, bin_matrix(size, bins, x.dtype), bins)
        return x

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "bins": list(self.bins)}


def bin_matrix(size: Size, bins: int, dtype: str) -> Tensor:
    """The ``(bins, size)`` matrix of the averages."""
    of = arithmetic(size)
    number = np.arange(bins, dtype="int32")[:, None]
    first, end = number * size // bins, ((number + 1) * size + bins - 1) // bins
    place = of.arange(size, dtype="int32")[None]
    inside = of.logical_and(place >= first, place < end)
    if known(size):
        return ops.convert_to_tensor(inside / (end - first), dtype=dtype)
    return ops.cast(inside, dtype) / ops.cast(end - first, dtype)
