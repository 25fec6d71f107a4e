"""Channels-first convolutions whose bias stays with the channels, whatever the length of the last axis.

Keras 3.15 on TensorFlow takes the last axis for the channels when it adds a vector as long as that axis
(``add`` in keras/src/backend/tensorflow/numpy.py), in channels-first tensors too: ``Conv2D(2, 1,
data_format="channels_first")`` on ``(2, 3, 4, 2)`` adds its biases along the width. Fresh biases are 0, so
only trained or imported ones show it. Where it does not err, Keras's own layers are used.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from unetgen.layers.tensor import Tensor


class _ChannelsFirst:
    """What the classes share with each other; all else, weights and their names too, is the Keras layer's."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"data_format": "channels_first", **kwargs})
        if self.data_format != "channels_first":  # type: ignore[attr-defined]
            raise ValueError(f"{self.name}: data_format: must be channels_first (got {self.data_format!r})")  # type: ignore[attr-defined]

    def convolved(self, inputs: Tensor) -> Tensor:
        """The sum without the bias."""
        raise NotImplementedError

    def call(self, inputs: Tensor) -> Tensor:
        layer: Any = self
        outputs = self.convolved(inputs)
        if layer.use_bias:
            # The tensors' own addition, not `ops.add`, which guesses where the channels are.
            outputs = outputs + ops.reshape(layer.bias, (1, layer.filters) + (1,) * layer.rank)
        return outputs if layer.activation is None else layer.activation(outputs)


class _Conv(_ChannelsFirst):
    def convolved(self, inputs: Tensor) -> Tensor:
        layer: Any = self
        return layer.convolution_op(inputs, layer.kernel)


class _ConvTranspose(_ChannelsFirst):
    def convolved(self, inputs: Tensor) -> Tensor:
        layer: Any = self
        return ops.conv_transpose(
            inputs,
            layer.kernel,
            strides=list(layer.strides),
            padding=layer.padding,
            output_padding=layer.output_padding,
            dilation_rate=layer.dilation_rate,
            data_format=layer.data_format,
        )


@keras.saving.register_keras_serializable(package="unetgen")
class ChannelsFirstConv1D(_Conv, keras.layers.Conv1D):  # type: ignore[misc]
    """``keras.layers.Conv1D``, channels first."""


@keras.saving.register_keras_serializable(package="unetgen")
class ChannelsFirstConv2D(_Conv, keras.layers.Conv2D):  # type: ignore[misc]
    """``keras.layers.Conv2D``, channels first."""


@keras.saving.register_keras_serializable(package="unetgen")
class ChannelsFirstConv3D(_Conv, keras.layers.Conv3D):  # type: ignore[misc]
    """``keras.layers.Conv3D``, channels first."""


@keras.saving.register_keras_serializable(package="unetgen")
class ChannelsFirstConv1DTranspose(_ConvTranspose, keras.layers.Conv1DTranspose):  # type: ignore[misc]
    """``keras.layers.Conv1DTranspose``, channels first."""


@keras.saving.register_keras_serializable(package="unetgen")
class ChannelsFirstConv2DTranspose(_ConvTranspose, keras.layers.Conv2DTranspose):  # type: ignore[misc]
    """``keras.layers.Conv2DTranspose``, channels first."""


@keras.saving.register_keras_serializable(package="unetgen")
class ChannelsFirstConv3DTranspose(_ConvTranspose, keras.layers.Conv3DTranspose):  # type: ignore[misc]
    """``keras.layers.Conv3DTranspose``, channels first."""
