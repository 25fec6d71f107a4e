"""Channels by their numbers."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from unetgen.layers import ChannelSelection


@pytest.mark.parametrize("axis", [-1, 1])
@pytest.mark.parametrize("shape", [(3,), (3, 2, 3)])
def test_channels_are_taken_by_number_also_several_times(shape: tuple[int, ...], axis: int) -> None:
    x = np.random.default_rng(0).normal(size=(2, *shape, 3)).astype("float32")
    layer = ChannelSelection([2, 0, 0, 1], axis)
    y = keras.ops.convert_to_numpy(layer(x))
    assert y.shape == layer.compute_output_shape(x.shape)
    np.testing.assert_array_equal(y, np.take(x, [2, 0, 0, 1], axis))
    assert ChannelSelection.from_config(layer.get_config()).get_config() == layer.get_config()
