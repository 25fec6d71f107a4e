"""More channels, of zeros, with a gradient or without."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from unetgen.layers import ZeroChannels


@pytest.mark.parametrize("axis", [-1, 1])
@pytest.mark.parametrize("shape", [(3,), (2, 5), (2, 3, 4)])
def test_zeros_stand_behind_the_channels(shape: tuple[int, ...], axis: int) -> None:
    x = np.random.default_rng(0).normal(size=(2, *shape, 3)).astype("float32")
    layer = ZeroChannels(4, axis=axis)
    y = keras.ops.convert_to_numpy(layer(x))
    assert y.shape == layer.compute_output_shape(x.shape)
    before, zeros = np.split(y, [x.shape[axis]], axis=axis)
    np.testing.assert_array_equal(before, x)
    assert zeros.shape[axis] == 4
    assert not zeros.any()


@pytest.mark.parametrize("is_detached", [False, True])
def test_a_detached_input_gets_no_gradient(is_detached: bool) -> None:
    x = tf.ones((1, 3, 2))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(ZeroChannels(2, is_detached)(x) ** 2)
    gradient = tape.gradient(y, x)
    assert gradient is None if is_detached else np.all(gradient == 2)


def test_it_is_saved_and_has_an_unknown_size() -> None:
    model = keras.Sequential([keras.Input((None, 2)), ZeroChannels(3, True, name="zeros")])
    assert model.output_shape == (None, None, 5)
    again = keras.Sequential.from_config(model.get_config())
    assert again.get_layer("zeros").get_config() == model.get_layer("zeros").get_config()


@pytest.mark.parametrize("axis", [-1, 1])
def test_a_convolution_behind_it_sees_zeros_in_what_runs(axis: int) -> None:
    """oneDNN takes any padding before a convolution for one of space, and computes nonsense."""
    x = np.random.default_rng(0).normal(size=(2, 6, 5, 4)).astype("float32")
    x = np.moveaxis(x, -1, axis)
    inputs = keras.Input(x.shape[1:])
    y = ZeroChannels(2, axis=axis)(inputs)
    y = keras.layers.Permute((2, 3, 1))(y) if axis == 1 else y
    model = keras.Model(inputs, keras.layers.Conv2D(3, 1, name="conv")(y))
    plain = keras.layers.Conv2D(3, 1)
    last = np.moveaxis(x, axis, -1)
    plain.build(last.shape)
    kernel, bias = model.get_layer("conv").get_weights()
    plain.set_weights([kernel[:, :, :4], bias])
    np.testing.assert_allclose(model.predict(x, verbose=0), np.asarray(plain(last)), rtol=1e-4, atol=1e-5)
