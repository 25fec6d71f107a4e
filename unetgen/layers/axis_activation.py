"""AxisActivation: the activations that compare values along an axis, along the axis that is meant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import ops

from unetgen.layers.tensor import Tensor, along_axis, axis_index


def sparsemax(x: Tensor, axis: int) -> Tensor:
    """The point of the simplex nearest to ``x`` along ``axis`` (Martins and Astudillo 2016, algorithm 1).

    Keras 3.15's own sums the cumulative sums over the support where the paper takes the last one, so it does
    not sum to 1 (github.com/keras-team/keras/issues/23425).
    """
    shifted = x - ops.max(x, axis=axis, keepdims=True)
    ordered = ops.flip(ops.sort(shifted, axis=axis), axis=axis)
    rank = along_axis(ops.arange(1, x.shape[axis] + 1, dtype=x.dtype), axis, len(x.shape))
    support = 1.0 + rank * ordered > ops.cumsum(ordered, axis=axis)
    count = ops.sum(ops.cast(support, x.dtype), axis=axis, keepdims=True)
    total = ops.sum(ops.where(support, ordered, ops.zeros_like(ordered)), axis=axis, keepdims=True)
    return ops.relu(shifted - (total - 1.0) / count)


# Each honours `axis` (tested along a middle axis); `keras.layers.Activation` cannot pass it.
ACTIVATIONS: dict[str, Callable[..., Tensor]] = {
    "softmax": keras.activations.softmax,
    "log_softmax": keras.activations.log_softmax,
    "sparsemax": sparsemax,
    "glu": keras.activations.glu,
}


@keras.saving.register_keras_serializable(package="unetgen")
class AxisActivation(keras.layers.Layer):  # type: ignore[misc]
    """``softmax``, ``log_softmax``, ``sparsemax`` or ``glu`` (Dauphin et al. 2017) along ``axis``.

    ``glu`` takes the first half of ``axis`` times the sigmoid of the second, and so halves it; the others
    keep the shape.

    Args:
        activation: one of the four names.
        axis: the batch counted: -1 for channels_last, 1 for channels_first.
    """

    def __init__(self, activation: str, axis: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation: must be one of {', '.join(ACTIVATIONS)} (got {activation!r})")
        self.activation = activation
        self.axis = axis

    def call(self, inputs: Tensor) -> Tensor:
        return ACTIVATIONS[self.activation](inputs, axis=axis_index(self.axis, len(inputs.shape)))

    def compute_output_shape(self, input_shape: Sequence[int | None]) -> tuple[int | None, ...]:
        index = axis_index(self.axis, len(input_shape))
        size = input_shape[index]
        if self.activation != "glu" or size is None:
            return tuple(input_shape)
        if size % 2:
            raise ValueError(
                f"{self.name}: glu halves axis {self.axis}, whose size must be even (got {size})"
            )
        return (*input_shape[:index], size // 2, *input_shape[index + 1 :])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "activation": self.activation, "axis": self.axis}
