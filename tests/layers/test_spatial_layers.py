"""Layers against index-by-index NumPy, in both data formats, eager and compiled."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any, cast

import keras
import numpy as np
import pytest

from unetgen import layers

INTERPOLATIONS = ("nearest", "linear", "linear_align_corners")
SPATIAL = [(1,), (7,), (5, 3), (1, 4), (3, 5, 2)]


def volume(spatial: tuple[int, ...], channels: int = 3, batch: int = 2) -> Any:
    return (
        np.random.default_rng([*spatial, channels]).normal(size=(batch, *spatial, channels)).astype("float32")
    )


def check(make: Callable[..., Any], x: np.ndarray, expected: Any) -> None:
    """Both data formats, called eagerly and through a compiled functional model; static shapes too."""
    for data_format in ("channels_last", "channels_first"):
        a, want = (np.moveaxis(v, -1, 1) if data_format == "channels_first" else v for v in (x, expected))
        layer = make(data_format)
        np.testing.assert_allclose(np.asarray(layer(a)), want, atol=1e-5)
        inputs = keras.Input(a.shape[1:])
        model = keras.Model(inputs, make(data_format)(inputs))
        assert model.output_shape == (None, *want.shape[1:])
        assert layer.compute_output_shape(a.shape) == want.shape
        np.testing.assert_allclose(model.predict(a, verbose=0), want, atol=1e-5)
        again = type(layer).from_config(layer.get_config())
        assert again.get_config() == layer.get_config()
        np.testing.assert_array_equal(np.asarray(again(a)), np.asarray(layer(a)))


def resized(x: np.ndarray, spatial: tuple[int, ...], interpolation: str) -> Any:
    """One output place at a time, one axis after the other."""
    for axis, size in enumerate(spatial, start=1):
        n = x.shape[axis]
        places = []
        for i in range(size):
            if interpolation == "nearest":
                places.append(np.take(x, math.floor(i * n / size), axis))
                continue
            if interpolation == "linear_align_corners":
                at = float(Fraction(i * (n - 1), max(size - 1, 1)))
            else:
                at = min(max((i + 0.5) * n / size - 0.5, 0), n - 1)
            low = math.floor(at)
            high = min(low + 1, n - 1)
            places.append((1 - at + low) * np.take(x, low, axis) + (at - low) * np.take(x, high, axis))
        x = np.stack(places, axis)
    return x.astype("float32")


@pytest.mark.parametrize("spatial", SPATIAL, ids=str)
@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_upsampling_equals_place_by_place_interpolation(spatial: tuple[int, ...], interpolation: str) -> None:
    x = volume(spatial)
    for size in [(2, 3, 2)[: len(spatial)], (1, 4, 1)[: len(spatial)]]:
        expected = resized(x, tuple(n * f for n, f in zip(spatial, size, strict=True)), interpolation)
        check(lambda f, size=size: layers.Upsampling(size, interpolation, data_format=f), x, expected)


@pytest.mark.parametrize("size", [(2, 2), (4, 2), (8, 1)])
def test_linear_upsampling_equals_keras_bilinear(size: tuple[int, ...]) -> None:
    x = volume((7, 9), channels=4)
    for data_format in ("channels_last", "channels_first"):
        theirs = keras.layers.UpSampling2D(size, data_format=data_format, interpolation="bilinear")
        own = layers.Upsampling(size, "linear", data_format=data_format)
        np.testing.assert_allclose(np.asarray(own(x)), np.asarray(theirs(x)), atol=1e-6)


def test_nearest_upsampling_equals_keras() -> None:
    x = volume((3, 4, 2))
    np.testing.assert_array_equal(layers.Upsampling((2, 1, 3))(x), keras.layers.UpSampling3D((2, 1, 3))(x))


@pytest.mark.parametrize("spatial", SPATIAL, ids=str)
@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
@pytest.mark.parametrize("target", [(5, 7, 3), (3, 2, 5), (1, 1, 1)])
def test_resizing_equals_place_by_place_interpolation(
    spatial: tuple[int, ...], interpolation: str, target: tuple[int, ...]
) -> None:
    target = target[: len(spatial)]
    x = volume(spatial)
    expected = resized(x, target, interpolation)
    check(lambda f: layers.Resizing(target, interpolation, data_format=f), x, expected)


def test_resizing_to_a_multiple_equals_upsampling() -> None:
    x = volume((3, 5, 2))
    for interpolation in INTERPOLATIONS:
        a, b = layers.Upsampling((2, 3, 4), interpolation), layers.Resizing((6, 15, 8), interpolation)
        np.testing.assert_array_equal(a(x), b(x))


@pytest.mark.parametrize("spatial", SPATIAL, ids=str)
def test_pixel_shuffle_puts_each_channel_where_pytorch_does(spatial: tuple[int, ...]) -> None:
    size = (2, 3, 2)[: len(spatial)]
    block, channels = math.prod(size), 2
    x = volume(spatial, channels * block)
    expected = np.empty((2, *(n * f for n, f in zip(spatial, size, strict=True)), channels), "float32")
    for at in itertools.product(*(range(n) for n in expected.shape[1:-1])):
        low = tuple(i // f for i, f in zip(at, size, strict=True))
        offset = int(np.ravel_multi_index([i % f for i, f in zip(at, size, strict=True)], size))
        for c in range(channels):
            large: Any = (slice(None), *at, c)
            small: Any = (slice(None), *low, c * block + offset)
            expected[large] = x[small]
    check(lambda f: layers.PixelShuffle(size, data_format=f), x, expected)


@pytest.mark.parametrize("spatial", [(7,), (5, 3), (4, 5, 3)], ids=str)
def test_cropping_drops_both_ends(spatial: tuple[int, ...]) -> None:
    cropping = ((1, 2), (0, 1), (2, 0))[: len(spatial)]
    x = volume(spatial)
    cut = tuple(slice(a, n - b) for n, (a, b) in zip(spatial, cropping, strict=True))
    check(lambda f: layers.Cropping(cropping, data_format=f), x, x[(slice(None), *cut)])


def test_bfloat16_policy_keeps_its_dtype() -> None:
    x = volume((4, 4))
    for layer in (
        layers.Upsampling((2, 2), "linear", dtype="bfloat16"),
        layers.PixelShuffle((1, 1), dtype="bfloat16"),
    ):
        assert keras.backend.standardize_dtype(layer(x).dtype) == "bfloat16"


X = np.zeros((1, 3, 3, 5), "float32")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.Upsampling((2, 0)), "size: must be positive"),
        (lambda: layers.Upsampling(cast("Any", (2, 1.5))), "size: must be positive"),
        (lambda: layers.Upsampling((2, 2), "cubic"), "interpolation"),
        (lambda: layers.Upsampling((2, 2), data_format=cast("Any", "nchw")), "data_format"),
        (lambda: layers.Upsampling((2,))(X), "must have 3 axes"),
        (lambda: layers.Upsampling((2, 2)).compute_output_shape((None, 4, 3, None)), "must be known"),
        (lambda: layers.Resizing((0, 2)), "spatial: must be positive"),
        (lambda: layers.PixelShuffle((2, 2))(X), "multiple of"),
        (lambda: layers.Cropping(((1, 2), (0, 0)))(X), "nothing is left"),
        (lambda: layers.Cropping(((-1, 2),)), "non-negative"),
    ],
)
def test_wrong_arguments_are_refused(make: Callable[..., Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
