"""Resizing: each spatial axis brought to a given size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from unetgen.layers.interpolation import checked_interpolation, resize
from unetgen.layers.spatial import SpatialLayer, positive_ints
from unetgen.layers.tensor import DataFormat, Tensor


@keras.saving.register_keras_serializable(package="unetgen")
class Resizing(SpatialLayer):
    """Spatial sizes become ``spatial``, larger or smaller, by nearest or linear interpolation.

    Nearest takes input ``floor(i*in/out)``, as PyTorch's ``mode="nearest"``; linear has half-pixel centres
    and clamped edges and does not antialias, as PyTorch's ``align_corners=False``. With aligned corners the
    first and the last position of an axis keep their values, as with its ``align_corners=True``.

    Args:
        spatial: the size of each spatial axis after the layer.
        interpolation: ``nearest``, ``linear`` or ``linear_align_corners``.
        data_format: where the channels are.
    """

    def __init__(
        self,
        spatial: Sequence[int],
        interpolation: str = "nearest",
        data_format: DataFormat = "channels_last",
        **kwargs: Any,
    ) -> None:
        super().__init__(len(spatial), data_format, **kwargs)
        self.spatial = positive_ints(spatial, "spatial")
        self.interpolation = checked_interpolation(interpolation)

    def infer(self, spatial: tuple[int, ...], channels: int) -> tuple[tuple[int, ...], int]:
        return self.spatial, channels

    def call(self, inputs: Tensor) -> Tensor:
        self.sizes(inputs)
        return resize(inputs, self.spatial_axes, self.spatial, self.interpolation)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "spatial": list(self.spatial), "interpolation": self.interpolation}
