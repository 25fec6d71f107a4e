"""UnfusedActivation: an activation that TensorFlow's graph optimiser would merge wrongly with a sum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras

from unetgen.layers.tensor import Tensor
from unetgen.layers.unfusing import unfused

MERGED_WRONGLY = frozenset({"leaky_relu", "mish"})
"""Activations that the optimiser of TensorFlow 2.21 merges with a convolution, its bias and an addition on a
CPU (oneDNN), and loses: the slope of a leaky ReLU becomes 0.2, and ``mish`` has no such kernel."""
KNOWN = MERGED_WRONGLY | {"relu"}
"""A ``relu`` with a slope is a leaky one."""


@keras.saving.register_keras_serializable(package="unetgen")
class UnfusedActivation(keras.layers.Layer):  # type: ignore[misc]
    """``keras.activations.NAME(x, **options)`` behind an addition, in graphs as it is in eager mode.

    Args:
        activation: leaky_relu, mish or relu.
        options: its keyword arguments.
    """

    def __init__(self, activation: str, options: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if activation not in KNOWN:
            raise ValueError(f"activation: must be one of {', '.join(sorted(KNOWN))} (got {activation!r})")
        self.activation = activation
        self.options = dict(options or {})

    def call(self, inputs: Tensor) -> Tensor:
        return getattr(keras.activations, self.activation)(unfused(inputs), **self.options)

    def compute_output_shape(self, input_shape: Sequence[int | None]) -> tuple[int | None, ...]:
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "activation": self.activation, "options": self.options}
