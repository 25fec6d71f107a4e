"""SoftmaxOfFew: the softmax of few channels, channel by channel."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from unetgen.layers.tensor import Tensor


@keras.saving.register_keras_serializable(package="unetgen")
class SoftmaxOfFew(keras.layers.Layer):  # type: ignore[misc]
    """``keras.layers.Softmax``, on a CPU two to three times faster where channels are few.

    TensorFlow's kernel takes one position after another, however few channels it has. Here maxima and sums
    are taken of whole channels, in the input's precision.

    Args:
        axis: the channel axis, the batch counted.
    """

    def __init__(self, axis: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = int(axis)

    def call(self, inputs: Tensor) -> Tensor:
        largest = functools.reduce(ops.maximum, ops.unstack(inputs, axis=self.axis))
        powers = ops.exp(inputs - ops.expand_dims(largest, self.axis))
        total = functools.reduce(ops.add, ops.unstack(powers, axis=self.axis))
        made = powers / ops.expand_dims(total, self.axis)
        with contextlib.suppress(AttributeError):  # another backend's tensor
            made._keras_logits = inputs  # for Keras's cross-entropies, as its own softmax does
        return made

    def compute_output_shape(self, input_shape: Sequence[int | None]) -> tuple[int | None, ...]:
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis}
