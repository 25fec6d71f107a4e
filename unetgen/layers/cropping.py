"""Cropping: places cut from both ends of each spatial axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from unetgen.layers.spatial import SpatialLayer
from unetgen.layers.tensor import DataFormat, Tensor, known


@keras.saving.register_keras_serializable(package="unetgen")
class Cropping(SpatialLayer):
    """Drops ``before`` places at the front and ``after`` at the back of each spatial axis.

    Args:
        cropping: ``((before, after), ...)``, one pair for each spatial axis; not negative.
        data_format: where the channels are.

    At least one place must be left on each axis.
    """

    def __init__(
        self, cropping: Sequence[Sequence[int]], data_format: DataFormat = "channels_last", **kwargs: Any
    ) -> None:
        super().__init__(len(cropping), data_format, **kwargs)
        if any(len(pair) != 2 or min(pair) < 0 or any(v != int(v) for v in pair) for pair in cropping):
            raise ValueError(f"cropping: must be pairs of non-negative integers (got {list(cropping)})")
        self.cropping = tuple((int(before), int(after)) for before, after in cropping)

    def infer(self, spatial: tuple[int, ...], channels: int) -> tuple[tuple[int, ...], int]:
        left = tuple(n - before - after for n, (before, after) in zip(spatial, self.cropping, strict=True))
        if min(left) < 1:
            raise ValueError(
                f"{self.name}: nothing is left of {spatial} after cropping (got {list(self.cropping)})"
            )
        return left, channels

    def call(self, inputs: Tensor) -> Tensor:
        spatial, channels = self.sizes(inputs)
        if known(*spatial):
            self.infer(spatial, channels)
        index = [slice(None)] * (self.dims + 2)
        for axis, (before, after) in zip(self.spatial_axes, self.cropping, strict=True):
            index[axis] = slice(before, -after or None)
        return inputs[tuple(index)]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "cropping": [list(pair) for pair in self.cropping]}
