"""BlurPool: down-sampling behind a fixed blur."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from unetgen.layers.spatial import SpatialLayer, positive_ints
from unetgen.layers.tensor import DataFormat, Size, Tensor, arithmetic


@keras.saving.register_keras_serializable(package="unetgen")
class BlurPool(SpatialLayer):
    """Every ``strides``-th position of a binomial blur (Zhang 2019, arXiv 1904.11486, section 3).

    Each axis with a stride above 1 is blurred by the binomial coefficients of ``taps``, which sum to 1; the
    edges are reflected, and repeated where the axis is too short for that.

    Args:
        strides: one integer factor for each spatial axis.
        taps: positions of the blur; 3 is ``[1, 2, 1] / 4``.
        data_format: where the channels are.

    Shapes:
        ``(batch, *spatial, channels)`` to ``(batch, *ceil(spatial / strides), channels)``.
    """

    def __init__(
        self,
        strides: Sequence[int],
        taps: int = 3,
        data_format: DataFormat = "channels_last",
        **kwargs: Any,
    ) -> None:
        super().__init__(len(strides), data_format, **kwargs)
        self.strides = positive_ints(strides, "strides")
        (self.taps,) = positive_ints([taps], "taps")

    def infer(self, spatial: tuple[int, ...], channels: int) -> tuple[tuple[int, ...], int]:
        return tuple(-(-n // stride) for n, stride in zip(spatial, self.strides, strict=True)), channels

    def call(self, inputs: Tensor) -> Tensor:
        spatial, _ = self.sizes(inputs)
        for axis, size, stride in zip(self.spatial_axes, spatial, self.strides, strict=True):
            if stride > 1:
                inputs = self._blurred(inputs, axis, size, stride)
        return inputs

    def _blurred(self, x: Tensor, axis: int, size: Size, stride: int) -> Tensor:
        """A weighted sum of strided copies: as many additions as taps, in any number of dimensions."""
        weights = [math.comb(self.taps - 1, tap) / 2 ** (self.taps - 1) for tap in range(self.taps)]
        centres = arithmetic(size).arange(0, size, stride) - (self.taps - 1) // 2
        total = None
        for tap, weight in enumerate(weights):
            places = ops.convert_to_tensor(_reflected(centres + tap, size), dtype="int32")
            part = ops.take(x, places, axis=axis)
            part = part * ops.cast(weight, x.dtype)
            total = part if total is None else total + part
        return total

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "strides": list(self.strides), "taps": self.taps}


def _reflected(places: Tensor, size: Size) -> Tensor:
    """Positions beyond the ends mirrored at the outermost one, then held within.

    >>> import numpy as np
    >>> _reflected(np.array([-1, 0, 3]), size=3).tolist()
    [1, 0, 1]
    """
    of = arithmetic(size)
    mirrored = of.abs(places)
    mirrored = of.minimum(mirrored, 2 * (size - 1) - mirrored)
    return of.clip(mirrored, 0, size - 1)
