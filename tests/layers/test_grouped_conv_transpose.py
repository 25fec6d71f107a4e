"""The transposed convolution in groups against one that scatters each position."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from unetgen import layers
from unetgen.layers.tensor import DataFormat


def scattered(x: np.ndarray, kernel: np.ndarray, strides: tuple[int, ...], groups: int) -> np.ndarray:
    """``valid``, channels last: each position times the kernel, added where its taps fall."""
    *sizes, few, channels = kernel.shape
    spatial = x.shape[1:-1]
    long = [n * s + max(k - s, 0) for n, s, k in zip(spatial, strides, sizes, strict=True)]
    y = np.zeros((len(x), *long, few * groups))
    for tap in np.ndindex(*sizes):
        places = tuple(
            slice(t, t + (n - 1) * s + 1, s) for t, n, s in zip(tap, spatial, strides, strict=True)
        )
        for channel in range(channels):
            first = channel // (channels // groups) * few
            y[(slice(None), *places, slice(first, first + few))] += (
                x[..., channel, None] * kernel[tap][:, channel]
            )
    return y


CASES: list[tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], int, int, int]] = [
    ((5,), (3,), (2,), 6, 6, 6),
    ((4, 3), (5, 3), (2, 3), 4, 8, 4),
    ((4, 3), (1, 2), (3, 2), 4, 6, 2),
    ((2, 3, 4), (3, 3, 3), (2, 2, 2), 3, 3, 3),
    ((2, 3, 2), (4, 1, 5), (2, 2, 1), 4, 2, 2),
]


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize(("spatial", "kernel", "strides", "channels", "filters", "groups"), CASES)
def test_each_group_is_a_transposed_convolution_by_itself(
    spatial: tuple[int, ...],
    kernel: tuple[int, ...],
    strides: tuple[int, ...],
    channels: int,
    filters: int,
    groups: int,
    padding: Any,
    data_format: DataFormat,
) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, *spatial, channels)).astype("float32")
    given = np.moveaxis(x, -1, 1) if data_format == "channels_first" else x
    layer = layers.GroupedConvTranspose(filters, kernel, strides, groups, padding, data_format)
    inputs = keras.Input(given.shape[1:])
    model = keras.Model(inputs, layer(inputs))
    weights = [rng.normal(size=w.shape).astype("float32") for w in layer.weights]
    layer.set_weights(weights)
    expected = scattered(x, weights[0], strides, groups) + weights[1]
    if padding == "same":
        for axis, (n, s, k) in enumerate(zip(spatial, strides, kernel, strict=True), start=1):
            before = max(k - s, 0) // 2
            expected = np.take(expected, range(before, before + n * s), axis=axis)
    expected = np.moveaxis(expected, -1, 1) if data_format == "channels_first" else expected
    assert model.output_shape[1:] == expected.shape[1:]
    np.testing.assert_allclose(model.predict(given, verbose=0), expected, atol=1e-4)


def test_it_is_saved_and_loaded(tmp_path: Path) -> None:
    inputs = keras.Input((4, 4, 4))
    options = {"kernel_initializer": keras.initializers.HeNormal(seed=1), "kernel_regularizer": "l2"}
    layer = layers.GroupedConvTranspose(2, (3, 3), (2, 2), 2, "same", use_bias=False, **options)
    model = keras.Model(inputs, layer(inputs))
    model.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras")
    x = np.random.default_rng(0).normal(size=(1, 4, 4, 4)).astype("float32")
    np.testing.assert_array_equal(again(x), model(x))
    assert again.layers[-1].get_config() == layer.get_config() and len(again.losses) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"groups": 3}, "groups: must divide the 4 filters"),
        ({"groups": 4}, "groups: must divide the 6 channels"),
        ({"groups": 2, "padding": "torch"}, "padding: must be same or valid"),
        ({"groups": 2, "strides": (0,)}, "strides: must be positive"),
    ],
)
def test_what_it_cannot_do_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        layers.GroupedConvTranspose(4, (3,), **{"strides": (2,), **arguments})(np.zeros((1, 5, 6)))
