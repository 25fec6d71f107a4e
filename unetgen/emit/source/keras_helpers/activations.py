"""Activations that Keras lacks as layers."""

from __future__ import annotations

from collections.abc import Mapping

ACTIVATIONS: Mapping[str, str] = {
    "ActivationWithOptions": '''
@keras.saving.register_keras_serializable()
class ActivationWithOptions(layers.Layer):
    """A function of `keras.activations` with keyword arguments."""

    def __init__(self, activation: str, options: dict[str, object], **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.activation = activation
        self.options = options

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        return getattr(keras.activations, self.activation)(x, **self.options)

    def get_config(self) -> dict[str, object]:
        own = {"activation": self.activation, "options": self.options}
        return {**super().get_config(), **own}
''',
    "UnmergedLeakyReLU": '''
@keras.saving.register_keras_serializable()
class UnmergedLeakyReLU(layers.Layer):
    """`layers.LeakyReLU` behind a sum.

    TensorFlow on a CPU would merge Keras's own layer with the sum and the convolution before it,
    and take 0.2 for the slope whatever it is.
    """

    def __init__(self, negative_slope: float, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.negative_slope = negative_slope

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        return ops.where(x > 0, x, self.negative_slope * x)

    def get_config(self) -> dict[str, object]:
        return {**super().get_config(), "negative_slope": self.negative_slope}
''',
    "UnmergedMish": '''
@keras.saving.register_keras_serializable()
class UnmergedMish(layers.Layer):
    """`keras.activations.mish` behind a sum, of which `where` makes the same.

    TensorFlow on a CPU would merge it with the sum and the convolution before it, for which it has
    no kernel.
    """

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        return keras.activations.mish(ops.where(x > 0, x, x))
''',
    "Glu": '''
@keras.saving.register_keras_serializable()
class Glu(layers.Layer):
    """The first half of the channels times the sigmoid of the second."""

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        return keras.activations.glu(x, axis=CHANNELS)
''',
    "LogSoftmax": '''
@keras.saving.register_keras_serializable()
class LogSoftmax(layers.Layer):
    """The logarithm of the softmax over the channels."""

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        return keras.activations.log_softmax(x, axis=CHANNELS)
''',
    "Sparsemax": '''
@keras.saving.register_keras_serializable()
class Sparsemax(layers.Layer):
    """The nearest point of the simplex, over the channels (arXiv 1602.02068, algorithm 1)."""

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        x = x - ops.max(x, axis=CHANNELS, keepdims=True)
        ordered = ops.flip(ops.sort(x, axis=CHANNELS), axis=CHANNELS)
        shape = [1] * len(x.shape)
        shape[CHANNELS] = -1
        rank = ops.reshape(ops.arange(1, x.shape[CHANNELS] + 1, dtype=x.dtype), shape)
        support = 1.0 + rank * ordered > ops.cumsum(ordered, axis=CHANNELS)
        count = ops.sum(ops.cast(support, x.dtype), axis=CHANNELS, keepdims=True)
        inside = ops.where(support, ordered, ops.zeros_like(ordered))
        total = ops.sum(inside, axis=CHANNELS, keepdims=True)
        return ops.relu(x - (total - 1.0) / count)
''',
}
