"""SpatialLayer: what the layers that change spatial sizes share; N-dimensional, both data formats."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import Any

import keras

from unetgen.layers.tensor import DataFormat

Shape = tuple[int | None, ...]


class SpatialLayer(keras.layers.Layer, abc.ABC):  # type: ignore[misc]
    """A layer without weights whose output shape follows from the input's spatial sizes and channels.

    ``dims`` is the number of spatial axes; the batch may be unknown, spatial sizes and channels are static.
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
        """Spatial sizes and channels of the output."""

    def full_shape(self, batch: int | None, spatial: Sequence[int], channels: int) -> Shape:
        """A full shape in the layer's data format."""
        return (batch, *spatial, channels) if self.channel_axis > 1 else (batch, channels, *spatial)

    def sizes(self, shape: Sequence[int | None]) -> tuple[tuple[int, ...], int]:
        """Spatial sizes and channels of an input shape, refused unless all are known."""
        if len(shape) != self.dims + 2:
            raise ValueError(
                f"{self.name}: has {self.dims} spatial values, so the input must have {self.dims + 2} axes "
                f"(got {tuple(shape)})"
            )
        known = [size for size in shape[1:] if size is not None]
        if len(known) != self.dims + 1:
            raise ValueError(f"{self.name}: spatial sizes and channels must be known (got {tuple(shape)})")
        channels = known.pop(self.channel_axis - 1)
        return tuple(known), channels

    def compute_output_shape(self, input_shape: Sequence[int | None]) -> Shape:
        return self.full_shape(input_shape[0], *self.infer(*self.sizes(input_shape)))

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
