"""InstanceNormalization: Keras's group normalization of single channels, by TensorFlow's fused kernel."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

from unetgen.layers.tensor import Tensor, known

FUSED = frozenset({"float32", "bfloat16", "float16"})
"""What TensorFlow's kernel takes; its sums are in float32 in any case."""


@keras.saving.register_keras_serializable(package="unetgen")
class InstanceNormalization(keras.layers.GroupNormalization):  # type: ignore[misc]
    """``keras.layers.GroupNormalization(groups=-1)`` (arXiv 1607.08022), several times faster on a CPU.

    The statistics of one sample's channels are what TensorFlow's fused batch normalization takes from a batch
    of that sample. Several samples stand side by side, as so many times the channels of one; that is a
    transposition before and one behind. Other backends, float64 and channels first go Keras's way. Weights
    are that layer's.

    The kernel subtracts the mean first, and then divides; Keras adds two products that cancel where a mean
    is large, and is then further from the exact values. Its moving variance has Bessel's correction, but
    what it divides by has none.

    Args:
        epsilon, axis and all others: as of that layer, but for ``groups``.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(groups=-1, **kwargs)

    def call(self, inputs: Tensor) -> Tensor:
        is_last = self.axis in (-1, len(inputs.shape) - 1)
        fits = is_last and keras.backend.standardize_dtype(inputs.dtype) in FUSED
        if keras.backend.backend() != "tensorflow" or not fits:
            return super().call(inputs)
        return ops.cast(self._fused(inputs), self.compute_dtype)

    def _fused(self, x: Tensor) -> Tensor:
        import tensorflow as tf

        shape, channels = ops.shape(x), x.shape[-1]
        samples, sizes = shape[0], shape[1:-1]
        positions = math.prod(sizes) if known(*sizes) else tf.reduce_prod(tf.stack(sizes))
        rows = tf.transpose(tf.reshape(x, (samples, positions, channels)), (1, 0, 2))
        made, *_ = tf.raw_ops.FusedBatchNormV3(
            x=tf.reshape(rows, (1, positions, 1, samples * channels)),
            scale=self._for_each(self.gamma, 1.0, samples, channels),
            offset=self._for_each(self.beta, 0.0, samples, channels),
            mean=tf.zeros((0,)),
            variance=tf.zeros((0,)),
            epsilon=self.epsilon,  # tf.compat.v1.nn.fused_batch_norm would raise it to 1.001e-5
            is_training=True,
        )
        made = tf.transpose(tf.reshape(made, (positions, samples, channels)), (1, 0, 2))
        return tf.reshape(made, shape)

    @staticmethod
    def _for_each(weight: Tensor | None, value: float, samples: Any, channels: int) -> Tensor:
        """The weight, or `value` where there is none, once for each of `samples`."""
        one = ops.full((channels,), value) if weight is None else ops.cast(weight, "float32")
        return ops.tile(one, [samples])

    def get_config(self) -> dict[str, Any]:
        config = dict(super().get_config())
        del config["groups"]  # Keras writes how many there were
        return config
