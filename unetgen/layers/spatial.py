"""SpatialLayer: what the layers that change spatial sizes share; N-dimensional, both data formats."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from unetgen.layers.tensor import DataFormat, Size, Tensor

Shape = tuple[int | None, ...]
_STAND_INS = (3 * 2**20, 3 * 2**21)
"""In place of a size that is not known: large, and divisible by what sizes have to be multiples of."""


class SpatialLayer(keras.layers.Layer, abc.ABC):  # type: ignore[misc]
    """A layer without weights whose output shape follows from the input's spatial sizes and channels.

    ``dims`` is the number of spatial axes. The channels are known; the batch and spatial sizes may not be
    before the layer runs.
    """

    def __init__(self, dims: int, data_format: DataFormat = "channels_last", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if data_format not in ("channels_last", "channels_first"):
            raise ValueError(f"data_format: must be channels_last or channels_first (got {data_format!r})")
        if dims < 1:
            raise ValueError("must have at least one spatial axis (got 0 values)")
        self.dims = dims
        self.data_format = data_format
        first = 1 if data_format == "channels_last" else 2
        self.spatial_axes = tuple(range(first, first + dims))
        self.channel_axis = dims + 1 if data_format == "channels_last" else 1

    @abc.abstractmethod
    def infer(self, spatial: tuple[int, ...], channels: int) -> tuple[tuple[int, ...], int]:
        """Spatial sizes and channels of the output, for known ones of the input."""

    def full_shape(self, batch: int | None, spatial: Sequence[int | None], channels: int) -> Shape:
        """A full shape in the layer's data format."""
        return (batch, *spatial, channels) if self.channel_axis > 1 else (batch, channels, *spatial)

    def sizes(self, inputs: Tensor) -> tuple[tuple[Size, ...], int]:
        """Spatial sizes and channels of a tensor: sizes that the graph alone knows are tensors."""
        spatial, channels = self._split(ops.shape(inputs))
        return spatial, channels

    def _split(self, shape: Sequence[Any]) -> tuple[tuple[Any, ...], int]:
        if len(shape) != self.dims + 2:
            raise ValueError(
                f"{self.name}: has {self.dims} spatial values, so the input must have {self.dims + 2} axes "
                f"(got {tuple(shape)})"
            )
        spatial = list(shape[1:])
        channels = spatial.pop(self.channel_axis - 1)
        if channels is None:
            raise ValueError(f"{self.name}: the channels must be known (got {tuple(shape)})")
        return tuple(spatial), channels

    def compute_output_shape(self, input_shape: Sequence[int | None]) -> Shape:
        spatial, channels = self._split(input_shape)
        # What depends on a size that is not known comes out differently for two of them.
        tried = (self.infer(tuple(size or n for size in spatial), channels) for n in _STAND_INS)
        (sizes, channels_out), (others, _) = tried
        known = [size if size == other else None for size, other in zip(sizes, others, strict=True)]
        return self.full_shape(input_shape[0], known, channels_out)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "data_format": self.data_format}


def positive_ints(values: Sequence[int], where: str) -> tuple[int, ...]:
    """A tuple of positive ints, one for each spatial axis."""
    result = tuple(int(v) for v in values)
    if any(v < 1 for v in result) or any(a != b for a, b in zip(result, values, strict=True)):
        raise ValueError(
            f"{where}: must be positive integers, one for each spatial axis (got {list(values)})"
        )
    return result
