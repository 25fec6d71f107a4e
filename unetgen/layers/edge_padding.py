"""EdgePadding: spatial axes padded with their outermost values."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from unetgen.layers.padding import PaddingLayer
from unetgen.layers.tensor import Tensor


@keras.saving.register_keras_serializable(package="unetgen")
class EdgePadding(PaddingLayer):
    """Padding that repeats the outermost values: ``replicate`` in PyTorch, ``edge`` in NumPy."""

    def call(self, inputs: Tensor) -> Tensor:
        spatial, _ = self.sizes(inputs.shape)
        for axis, size, (before, after) in zip(self.spatial_axes, spatial, self.padding, strict=True):
            if before or after:
                places = np.clip(np.arange(-before, size + after), 0, size - 1)
                inputs = ops.take(inputs, ops.convert_to_tensor(places, dtype="int32"), axis=axis)
        return inputs
