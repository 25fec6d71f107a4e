"""Activations along any axis against NumPy along the last one."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from unetgen import layers


def softmax(x: np.ndarray) -> Any:
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def sparsemax(x: np.ndarray) -> Any:
    """The projection onto the simplex, by bisection on its threshold."""
    low, high = x.max(-1, keepdims=True) - 1, x.max(-1, keepdims=True)
    for _ in range(60):
        middle = (low + high) / 2
        over = np.maximum(x - middle, 0).sum(-1, keepdims=True) > 1
        low, high = np.where(over, middle, low), np.where(over, high, middle)
    return np.maximum(x - low, 0)


def glu(x: np.ndarray) -> Any:
    a, b = np.split(x, 2, -1)
    return a / (1 + np.exp(-b))


ORACLES = {
    "softmax": softmax,
    "log_softmax": lambda x: np.log(softmax(x)),
    "sparsemax": sparsemax,
    "glu": glu,
}


@pytest.mark.parametrize("spatial", [(1,), (7,), (5, 3), (3, 5, 2)], ids=str)
@pytest.mark.parametrize("name", ORACLES)
@pytest.mark.parametrize("axis", [-1, 1])
def test_activation_acts_along_its_axis(name: str, axis: int, spatial: tuple[int, ...]) -> None:
    x = np.random.default_rng(0).normal(size=(2, *spatial, 4)).astype("float32")
    expected = np.moveaxis(ORACLES[name](x.astype(float)), -1, axis)
    moved = np.moveaxis(x, -1, axis)
    layer = layers.AxisActivation(name, axis=axis)
    np.testing.assert_allclose(np.asarray(layer(moved)), expected, atol=1e-5)
    inputs = keras.Input(moved.shape[1:])
    model = keras.Model(inputs, layers.AxisActivation(name, axis=axis)(inputs))
    assert model.output_shape == (None, *expected.shape[1:])
    np.testing.assert_allclose(model.predict(moved, verbose=0), expected, atol=1e-5)
    assert layers.AxisActivation.from_config(layer.get_config()).get_config() == layer.get_config()


@pytest.mark.parametrize("axis", [-1, 1])
def test_sparsemax_lies_on_the_simplex(axis: int) -> None:
    x = np.random.default_rng(1).normal(size=(3, 5, 4)).astype("float32")
    y = np.asarray(layers.AxisActivation("sparsemax", axis=axis)(x))
    np.testing.assert_allclose(y.sum(axis), 1, atol=1e-6)
    assert (y >= 0).all()
    assert (y == 0).any()


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="activation: must be one of"):
        layers.AxisActivation("relu")
    with pytest.raises(ValueError, match="must be even"):
        layers.AxisActivation("glu").compute_output_shape((None, 4, 3))
    with pytest.raises(ValueError, match="axis: must lie"):
        layers.AxisActivation("softmax", axis=3)(np.zeros((1, 4, 3)))
