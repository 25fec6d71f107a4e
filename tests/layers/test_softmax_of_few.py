"""The softmax of few channels against its formula in float64, and against Keras's."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from unetgen.layers import SoftmaxOfFew


@pytest.mark.parametrize("scale", [1.0, 1e4])
@pytest.mark.parametrize("channels", [1, 2, 3, 6])
@pytest.mark.parametrize("axis", [-1, 1])
def test_it_is_the_softmax(channels: int, axis: int, scale: float) -> None:
    shape = [2, 4, 5, 4]
    shape[axis] = channels
    x = (scale * np.random.default_rng(0).normal(size=shape)).astype("float32")
    powers = np.exp(x.astype("float64") - x.max(axis, keepdims=True))
    found = keras.ops.convert_to_numpy(SoftmaxOfFew(axis)(x))
    np.testing.assert_allclose(found, powers / powers.sum(axis, keepdims=True), rtol=0, atol=3e-7)


def test_minus_infinity_is_never_chosen_and_what_is_missing_spreads_over_its_position() -> None:
    inf, nan = np.inf, np.nan
    x = np.array([[0, -inf, 0], [3, 3, -3e38], [-inf, -inf, -inf], [inf, 0, 1], [nan, 0, 1]], "float32")
    half, missing = [0.5, 0.5, 0.0], [nan, nan, nan]
    found = keras.ops.convert_to_numpy(SoftmaxOfFew()(x))
    np.testing.assert_array_equal(found, [[0.5, 0.0, 0.5], half, missing, missing, missing])


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="its graph is TensorFlow's")
def test_the_loss_of_a_sure_and_wrong_class_is_that_of_its_logits() -> None:
    losses = []
    for layer in (keras.layers.Softmax(), SoftmaxOfFew()):
        model = keras.Sequential([keras.Input((3, 2)), layer])
        model.compile(loss="categorical_crossentropy")
        x, y = np.tile([[60.0, 0.0]], (1, 3, 1)), np.tile([[0.0, 1.0]], (1, 3, 1))
        losses.append(model.evaluate(x, y, verbose=0))
    assert losses == [60.0, 60.0]


def test_it_is_saved_and_keeps_unknown_sizes() -> None:
    model = keras.Sequential([keras.Input((None, 2)), SoftmaxOfFew(name="end")])
    assert model.output_shape == (None, None, 2)
    again = keras.Sequential.from_config(model.get_config())
    assert again.get_layer("end").get_config() == model.get_layer("end").get_config()
