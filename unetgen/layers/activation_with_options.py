"""ActivationWithOptions: a Keras activation with arguments, where Keras has no layer that takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras

from unetgen.layers.tensor import Tensor

NAMES = frozenset({"celu", "gelu", "hard_shrink", "soft_shrink", "squareplus", "threshold"})
"""The activations that it knows: by name, so that a saved model can name nothing else."""


@keras.saving.register_keras_serializable(package="unetgen")
class ActivationWithOptions(keras.layers.Layer):  # type: ignore[misc]
    """``keras.activations.NAME(x, **options)``.

    Args:
        activation: celu, gelu, hard_shrink, soft_shrink, squareplus or threshold.
        options: its keyword arguments.
    """

    def __init__(self, activation: str, options: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if activation not in NAMES:
            raise ValueError(f"activation: must be one of {', '.join(sorted(NAMES))} (got {activation!r})")
        self.activation = activation
        self.options = dict(options)

    def call(self, inputs: Tensor) -> Tensor:
        return getattr(keras.activations, self.activation)(inputs, **self.options)

    def compute_output_shape(self, input_shape: Sequence[int | None]) -> tuple[int | None, ...]:
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "activation": self.activation, "options": self.options}
