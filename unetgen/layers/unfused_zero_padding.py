"""UnfusedZeroPadding: zeros around a tensor, which TensorFlow's graph optimiser would merge wrongly."""

from __future__ import annotations

import keras
from keras import ops

from unetgen.layers.padding import PaddingLayer
from unetgen.layers.tensor import Tensor
from unetgen.layers.unfusing import unfused


@keras.saving.register_keras_serializable(package="unetgen")
class UnfusedZeroPadding(PaddingLayer):
    """Zero padding before a convolution that pads too, in graphs as it is in eager mode.

    The optimiser of TensorFlow 2.21 gives a padding to the 3D convolution behind it on a CPU (oneDNN), and
    forgets the convolution's own: the output is smaller than it was planned.
    """

    def call(self, inputs: Tensor) -> Tensor:
        amounts = [(0, 0)] * (self.dims + 2)
        for axis, pair in zip(self.spatial_axes, self.padding, strict=True):
            amounts[axis] = pair
        return unfused(ops.pad(inputs, amounts))
