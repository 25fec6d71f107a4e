"""The live model: paddings, layouts and orders, against plain NumPy and against each other."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

import unetgen
from unetgen.config.loader import from_dict

BASE: dict[str, Any] = {
    "input": {"shape": [12], "channels": 2},
    "depth": 2,
    "base_filters": 3,
    "num_classes": 2,
    "activation": "linear",
}


def run(model: keras.Model, x: np.ndarray) -> np.ndarray:
    return np.asarray(keras.ops.convert_to_numpy(model(x, training=False)))


def layer_output(model: keras.Model, name: str, x: np.ndarray) -> np.ndarray:
    return run(keras.Model(model.inputs, model.get_layer(name).output), x)


def convolution(x: np.ndarray, kernel: np.ndarray, stride: int, before: int, after: int) -> np.ndarray:
    """A 1D convolution of (positions, channels) as sums, by its definition."""
    x = np.pad(x, ((before, after), (0, 0)))
    starts = range(0, len(x) - len(kernel) + 1, stride)
    return np.array([np.einsum("kc,kcf->f", x[s : s + len(kernel)], kernel) for s in starts])


@pytest.mark.parametrize("size", [12, 14])
@pytest.mark.parametrize(("padding", "before", "after"), [("torch", 1, 1), ("same", 0, 1)])
def test_torch_padding_is_symmetric_and_same_is_not(size: int, padding: str, before: int, after: int) -> None:
    config = from_dict(
        {
            **BASE,
            "input": {"shape": [size], "channels": 2},
            "padding": padding,
            "down": {"kind": "strided_conv", "into_block": True},
        }
    )
    model = unetgen.build(config)
    x = np.random.default_rng(0).normal(size=(1, size, 2)).astype("float32")
    given = layer_output(model, "encoder_level0_conv2", x)
    made = layer_output(model, "encoder_level1_conv1", x)
    kernel, bias = model.get_layer("encoder_level1_conv1").get_weights()
    expected = convolution(given[0], kernel, 2, before, after) + bias
    np.testing.assert_allclose(made[0], expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("dims", [1, 2, 3])
def test_both_data_formats_compute_the_same(dims: int, data_format: str) -> None:
    data = {
        **BASE,
        "norm": "batch",
        "activation": "prelu",
        "up": {"kind": "linear", "conv": 3},
        "block": "residual",
        "input": {"shape": [6] * dims, "channels": 2, "data_format": data_format},
    }
    config = from_dict(data)
    other = from_dict({**data, "execution": {"layout": "channels_last"}})
    last = from_dict({**data, "input": {"shape": [6] * dims, "channels": 2}})
    models = [unetgen.build(c) for c in (config, other, last)]
    random = np.random.default_rng(1)
    for layer in models[0].layers:
        for weight in layer.weights:
            if "seed" not in weight.path:
                weight.assign(random.uniform(0.5, 1.0, size=weight.shape))
    for model in models[1:]:
        for mine, theirs in zip(models[0].weights, model.weights, strict=True):
            value = np.asarray(mine)
            if value.shape != tuple(theirs.shape):  # a slope per channel: (C, 1, 1) or (1, 1, C)
                value = np.moveaxis(value, 0, -1)
            theirs.assign(value)
    x = random.normal(size=(2, *[6] * dims, 2)).astype("float32")
    first = np.moveaxis(x, -1, 1)
    mine = run(models[0], first if data_format == "channels_first" else x)
    inner = run(models[1], first if data_format == "channels_first" else x)
    reference = run(models[2], x)
    if data_format == "channels_first":
        reference = np.moveaxis(reference, -1, 1)
    np.testing.assert_allclose(mine, reference, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(inner, reference, rtol=1e-4, atol=1e-5)


def test_order_is_the_order_of_the_layers() -> None:
    orders = (["conv", "norm", "activation"], ["norm", "activation", "conv"], ["conv", "activation", "norm"])
    for order in orders:
        config = from_dict({**BASE, "activation": "relu", "norm": "batch", "order": order})
        names = [node.name for node in unetgen.plan(config).nodes if node.scope == "encoder/level0/conv1"]
        main = "encoder_level0_conv1"
        assert names == [main if item == "conv" else f"{main}_{item}" for item in order]


def test_residual_blocks_add_their_input() -> None:
    block = {"kind": "residual", "projection_norm": False}
    config = from_dict({**BASE, "block": block, "activation": "relu"})
    model = unetgen.build(config)
    x = np.random.default_rng(0).normal(size=(1, 12, 2)).astype("float32")
    added = layer_output(model, "encoder_level0_add_activation", x)
    inner = layer_output(model, "encoder_level0_conv2", x)
    shortcut = x @ model.get_layer("encoder_level0_shortcut").get_weights()[0][0]
    np.testing.assert_allclose(added, np.maximum(inner + shortcut, 0), rtol=1e-5, atol=1e-6)


def test_class_axis_softmax_sums_to_one_in_both_formats() -> None:
    for data_format, axis in (("channels_first", 1), ("channels_last", -1)):
        config = from_dict({**BASE, "input": {"shape": [8, 8], "channels": 2, "data_format": data_format}})
        x = np.ones((1, 2, 8, 8) if axis == 1 else (1, 8, 8, 2), "float32")
        np.testing.assert_allclose(run(unetgen.build(config), x).sum(axis=axis), 1.0, rtol=1e-5)


@pytest.mark.parametrize("policy", ["pad_and_crop", "resize_to_skip", "centre_crop"])
def test_odd_sizes_follow_the_policy(policy: str) -> None:
    shape = [13, 7]
    config = from_dict({**BASE, "depth": 3, "input": {"shape": shape, "channels": 2}, "resize": policy})
    out = run(unetgen.build(config), np.ones((1, *shape, 2), "float32")).shape[1:-1]
    assert out == ((12, 4) if policy == "centre_crop" else tuple(shape))
