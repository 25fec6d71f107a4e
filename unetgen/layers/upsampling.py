"""Upsampling: each spatial axis enlarged by an integer factor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from unetgen.layers.interpolation import checked_interpolation, enlarge
from unetgen.layers.spatial import SpatialLayer, positive_ints
from unetgen.layers.tensor import DataFormat, Tensor


@keras.saving.register_keras_serializable(package="unetgen")
class Upsampling(SpatialLayer):
    """Spatial sizes times ``size``, by repetition or by linear interpolation.

    Linear has half-pixel centres and clamped edges: ``keras.layers.UpSampling2D(interpolation="bilinear")``
    in 2D, which Keras lacks in 1D and 3D. With aligned corners the first and the last position of an axis
    keep their values, as with PyTorch's ``align_corners=True``.

    Args:
        size: one integer factor for each spatial axis.
        interpolation: ``nearest``, ``linear`` or ``linear_align_corners``.
        data_format: where the channels are.

    Shapes:
        ``(batch, *spatial, channels)`` to ``(batch, *(spatial * size), channels)``, or channels second.
    """

    def __init__(
        self,
        size: Sequence[int],
        interpolation: str = "nearest",
        data_format: DataFormat = "channels_last",
        **kwargs: Any,
    ) -> None:
        super().__init__(len(size), data_format, **kwargs)
        self.size = positive_ints(size, "size")
        self.interpolation = checked_interpolation(interpolation)

    def infer(self, spatial: tuple[int, ...], channels: int) -> tuple[tuple[int, ...], int]:
        return tuple(n * f for n, f in zip(spatial, self.size, strict=True)), channels

    def call(self, inputs: Tensor) -> Tensor:
        self.sizes(inputs)
        return enlarge(inputs, self.spatial_axes, self.size, self.interpolation)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "size": list(self.size), "interpolation": self.interpolation}
