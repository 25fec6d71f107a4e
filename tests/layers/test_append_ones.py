"""More channels, of ones."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from unetgen.layers import AppendOnes


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("axis", [-1, 1])
@pytest.mark.parametrize("shape", [(3,), (2, 5), (2, 3, 4)])
def test_the_last_of_the_channels_are_one_everywhere(shape: tuple[int, ...], axis: int, count: int) -> None:
    x = np.random.default_rng(0).normal(size=(2, *shape, 3)).astype("float32")
    y = keras.ops.convert_to_numpy(AppendOnes(count, axis)(x))
    assert y.shape == AppendOnes(count, axis).compute_output_shape(x.shape)
    before, ones = np.split(y, [x.shape[axis]], axis=axis)
    np.testing.assert_array_equal(before, x)
    assert ones.shape[axis] == count
    assert (ones == 1).all()


def test_it_is_saved_and_has_an_unknown_size() -> None:
    model = keras.Sequential([keras.Input((None, 2)), AppendOnes(3, name="ones", dtype="mixed_bfloat16")])
    assert model.output_shape == (None, None, 5)
    assert AppendOnes().compute_output_shape((None, 4, None)) == (None, 4, None)
    again = keras.Sequential.from_config(model.get_config())
    assert again.get_layer("ones").get_config() == model.get_layer("ones").get_config()
    assert again(np.zeros((1, 2, 2))).dtype == "bfloat16"
