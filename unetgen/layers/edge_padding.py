"""EdgePadding: spatial axes padded with their outermost values."""

from __future__ import annotations

import keras

from unetgen.layers.padding import PaddingLayer, edge_padded
from unetgen.layers.tensor import Tensor


@keras.saving.register_keras_serializable(package="unetgen")
class EdgePadding(PaddingLayer):
    """Padding that repeats the outermost values: ``replicate`` in PyTorch, ``edge`` in NumPy."""

    def call(self, inputs: Tensor) -> Tensor:
        spatial, _ = self.sizes(inputs)
        for axis, size, (before, after) in zip(self.spatial_axes, spatial, self.padding, strict=True):
            if before or after:
                inputs = edge_padded(inputs, axis, before, size + after)
        return inputs
