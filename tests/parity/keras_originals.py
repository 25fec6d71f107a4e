"""Draws the weights of an original in Keras and takes them down as PyTorch has them, for fixtures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tests.parity.originals import Array

if TYPE_CHECKING:
    import keras

PARAMETERS = {
    "kernel": "weight",
    "bias": "bias",
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}
NORMAL = {
    "bias": (0.2, 0.3),
    "gamma": (1.0, 0.3),
    "beta": (0.2, 0.3),
    "moving_mean": (0.3, 0.3),
    "moving_variance": (1.0, 0.1),
}
"""Mean and deviation of what is drawn for a weight of this name."""


def drawn(name: str, shape: tuple[int, ...], generator: np.random.Generator) -> Array:
    """Other values of a weight, all of them representable in float16."""
    # Too many for a transposed convolution, whose inputs are the last axis: its values are a little smaller.
    fan = int(np.prod(shape[:-1]))
    mean, deviation = NORMAL.get(name, (0.0, (1.5 / fan) ** 0.5))
    values = generator.normal(mean, deviation, shape).astype(np.float16)
    return np.abs(values) if name == "moving_variance" else values


def randomized(network: keras.Model, generator: np.random.Generator) -> dict[str, Array]:
    """The tensors that the network now has."""
    tensors = {}
    for layer in network.layers:
        values = [drawn(weight.name, tuple(weight.shape), generator) for weight in layer.weights]
        layer.set_weights([value.astype(np.float32) for value in values])
        for weight, value in zip(layer.weights, values, strict=True):
            if value.ndim > 1:
                value = np.moveaxis(value, (-1, -2), (0, 1))
            tensors[f"{layer.name}.{PARAMETERS[weight.name]}"] = value
    return tensors
