"""The receptive field, against the gradient of a real Keras model whose weights are all one."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

import unetgen
from unetgen.analysis.receptive_field import receptive_field
from unetgen.config.loader import from_dict


def measured(config: unetgen.UNetConfig) -> tuple[int, ...]:
    """The widest stretch of input that one output position in the middle depends on, by its gradient."""
    model = unetgen.build(config)
    for layer in model.layers:
        layer.set_weights([np.ones_like(w) for w in layer.get_weights()])
    dims = len(config.input.shape)
    x = tf.ones((1, *config.input.shape, config.input.channels))

    # As a graph: run eagerly, TensorFlow 2.21 aborts in the gradient of a strided 1x1 convolution in 1D.
    @tf.function
    def gradient(index: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(x)
            picked = tf.gather_nd(model(x, training=False), [index])
        return tape.gradient(picked, x)

    size = model.output_shape[1:-1]
    widest = [0] * dims
    for axis in range(dims):
        for position in range(size[axis] // 2 - 8, size[axis] // 2 + 8):
            index = [position if a == axis else n // 2 for a, n in enumerate(size)]
            seen = np.abs(gradient(tf.constant([0, *index, 0])).numpy())[0].sum(axis=-1)
            places = np.flatnonzero(seen.sum(axis=tuple(a for a in range(dims) if a != axis)))
            widest[axis] = max(widest[axis], int(places[-1] - places[0] + 1))
    return tuple(widest)


BASE = {
    "input": {"shape": [256], "channels": 1},
    "depth": 3,
    "base_filters": 1,
    "filter_growth": 1,
    "activation": "linear",
    "down": "average_pool",
    "num_classes": 1,
    "head": {"activation": "linear"},
}
CASES = [
    {},
    {"kernel": 5},
    {"depth": 2, "up": "linear"},
    {"up": "linear", "kernel": 1},
    {"up": {"kind": "transposed", "kernel": 4}},
    {"up": "transposed"},
    {"up": "pixel_shuffle"},
    {"down": {"kind": "strided_conv", "kernel": 3, "into_block": False}},
    {"down": {"kind": "strided_conv", "into_block": True}, "block": "residual"},
    {"padding": "torch", "down": {"kind": "strided_conv", "into_block": True}},
    {"padding": "valid", "input": {"shape": [252]}},
    {"skip": "add"},
    {"topology": "unet_plus_plus"},
    {"topology": {"kind": "unet_plus_plus", "prune_to": 1}},
    {"topology": {"kind": "dense_skip", "from_levels": "coarser"}, "up": "linear"},
    {"topology": "strided_unet", "up": {"kind": "transposed", "kernel": 4}},
    {
        "input": {"shape": [48, 64]},
        "kernel": [1, 3],
        "depth": 2,
        "down": {"kind": "average_pool", "size": [2, 1]},
    },
]


@pytest.mark.parametrize("change", CASES, ids=str)
def test_receptive_field_is_what_the_gradient_reaches(change: dict[str, object]) -> None:
    keras.backend.clear_session()
    config = from_dict({**BASE, **change})
    assert receptive_field(unetgen.plan(config)) == measured(config)


def test_receptive_field_of_the_article_is_18_voxels() -> None:
    # By hand: 2 convolutions 5, pooling 6, 2 at half resolution 14, 2 more 18.
    assert receptive_field(unetgen.plan(unetgen.load("unet3d_depth2"))) == (18, 18, 18)
