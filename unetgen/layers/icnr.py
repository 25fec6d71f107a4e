"""Icnr: a sub-pixel convolution that starts as nearest up-sampling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from unetgen.layers.tensor import Tensor


@keras.saving.register_keras_serializable(package="unetgen")
class Icnr(keras.initializers.Initializer):  # type: ignore[misc]
    """Initial kernel of the convolution before a pixel shuffle (Aitken et al. 2017, arXiv 1707.02937).

    ``initializer`` makes the kernel of a convolution to ``filters / places`` channels, and each of its output
    channels stands ``places`` times side by side: with `PixelShuffle`'s order, all places of a block begin
    with one value, without the checkerboard of independent kernels.

    Args:
        initializer: of the small kernel.
        places: positions of a block, the product of the shuffle's factors; it divides the filters.
    """

    def __init__(self, initializer: Any = "glorot_uniform", places: int = 4) -> None:
        super().__init__()
        self.initializer = keras.initializers.get(initializer)
        self.places = int(places)
        if self.places < 1:
            raise ValueError(f"places: must be positive (got {places})")

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Tensor:
        *small, filters = shape
        if filters % self.places:
            raise ValueError(f"the filters must be a multiple of places = {self.places} (got {filters})")
        kernel = self.initializer((*small, filters // self.places), dtype=dtype)
        return ops.repeat(kernel, self.places, axis=-1)

    def get_config(self) -> dict[str, Any]:
        stored = keras.saving.serialize_keras_object(self.initializer)
        return {**super().get_config(), "initializer": stored, "places": self.places}
