"""Channels-first convolutions with trained biases, the last axis as long as the channels are many."""

from __future__ import annotations

import itertools
from typing import Any

import keras
import numpy as np
import pytest

import unetgen
from unetgen import layers as own

SIZES = {1: (4,), 2: (3, 4), 3: (2, 3, 4)}


def by_hand(x: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """A 1x1 convolution of a channels-first array, transposed or not."""
    flat = kernel.reshape(kernel.shape[-2:])
    return np.einsum("bc...,co->bo...", x, flat) + bias.reshape((1, -1) + (1,) * (x.ndim - 2))


@pytest.mark.parametrize(("dims", "transposed"), [*itertools.product((1, 2, 3), (False, True))])
def test_the_bias_is_the_channels(dims: int, transposed: bool) -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=(2, 3, *SIZES[dims])).astype("float32")
    kernel, bias = random.normal(size=(3, 4)), np.arange(4.0)
    layer = getattr(own, f"ChannelsFirstConv{dims}D{'Transpose' * transposed}")(4, 1, activation="relu")
    layer.build(x.shape)
    layer.set_weights([(kernel.T if transposed else kernel).reshape(layer.kernel.shape), bias])
    expected = np.maximum(by_hand(x, kernel, bias), 0)
    np.testing.assert_allclose(layer(x), expected, rtol=1e-5, atol=1e-5)
    again = type(layer).from_config(layer.get_config())
    again.build(x.shape)
    again.set_weights(layer.get_weights())
    np.testing.assert_array_equal(again(x), layer(x))


def test_channels_last_is_refused() -> None:
    with pytest.raises(ValueError, match="must be channels_first"):
        own.ChannelsFirstConv2D(2, 1, data_format="channels_last")


def trained(overrides: list[str]) -> Any:
    """A network whose weights are all far from their first values."""
    model = unetgen.build(unetgen.load("quickstart2d", overrides))
    random = np.random.default_rng(0)
    model.set_weights([0.3 + 0.3 * random.normal(size=weight.shape) for weight in model.get_weights()])
    return model


@pytest.mark.parametrize(
    ("up", "norm"), [("nearest", "none"), ("transposed", "batch"), ("linear", "{kind: group, groups: 2}")]
)
def test_both_layouts_of_a_network_agree(up: str, norm: str) -> None:
    """At every level of this network an axis is as long as the channels are many."""
    same = [
        "input.shape=[16,16]",
        "input.channels=3",
        "depth=3",
        "base_filters=null",
        "filters=[16,8,4]",
        f"up={up}",
        f"norm={norm}",
    ]
    last = trained([*same, "input.data_format=channels_last"])
    first = trained([*same, "input.data_format=channels_first"])
    assert any(isinstance(layer, own.ChannelsFirstConv2D) for layer in first.layers)
    x = np.random.default_rng(1).normal(size=(1, 16, 16, 3)).astype("float32")
    expected = np.moveaxis(np.asarray(last(x)), -1, 1)
    np.testing.assert_allclose(first(np.moveaxis(x, -1, 1)), expected, rtol=1e-4, atol=1e-5)


def test_where_keras_does_not_err_its_own_layers_stay() -> None:
    model = trained(["input.shape=[16,16]", "depth=2", "base_filters=6", "input.data_format=channels_first"])
    found = {type(layer) for layer in model.layers if isinstance(layer, keras.layers.Conv2D)}
    assert found == {keras.layers.Conv2D}
