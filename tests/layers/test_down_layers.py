"""The layers of later downs, paddings and attention against index-by-index NumPy, in both data formats."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.layers.test_spatial_layers import SPATIAL, check, volume
from unetgen import layers
from unetgen.layers.tensor import DataFormat


def reflected(place: int, size: int) -> int:
    """A position beyond the ends, mirrored at the outermost one; held there where nothing is left."""
    if place < 0:
        place = -place
    if place >= size:
        place = 2 * (size - 1) - place
    return min(max(place, 0), size - 1)


@pytest.mark.parametrize("spatial", SPATIAL, ids=str)
@pytest.mark.parametrize("taps", [2, 3, 5])
def test_blur_pool_weighs_binomially_around_every_strided_position(
    spatial: tuple[int, ...], taps: int
) -> None:
    strides = (2, 3, 1)[: len(spatial)]
    x = expected = volume(spatial)
    for axis, (size, stride) in enumerate(zip(spatial, strides, strict=True), start=1):
        if stride == 1:
            continue
        rows = []
        for centre in range(0, size, stride):
            weights = {tap: math.comb(taps - 1, tap) for tap in range(taps)}
            total = sum(
                weight * np.take(expected, reflected(centre - (taps - 1) // 2 + tap, size), axis)
                for tap, weight in weights.items()
            )
            rows.append(total / sum(weights.values()))
        expected = np.stack(rows, axis)
    check(lambda f: layers.BlurPool(strides, taps, data_format=f), x, expected.astype("float32"))


def test_blur_pool_keeps_a_constant() -> None:
    x = np.full((1, 5, 6, 2), 3.0, "float32")
    np.testing.assert_allclose(layers.BlurPool((2, 2), 4)(x), np.full((1, 3, 3, 2), 3.0), rtol=1e-6)


@pytest.mark.parametrize("spatial", [(4,), (6, 3), (4, 6, 2)], ids=str)
def test_pixel_unshuffle_puts_each_position_where_pytorch_does(spatial: tuple[int, ...]) -> None:
    size = (2, 3, 2)[: len(spatial)]
    block, channels = math.prod(size), 2
    x = volume(spatial, channels)
    small = tuple(n // f for n, f in zip(spatial, size, strict=True))
    expected = np.empty((2, *small, channels * block), "float32")
    for at in itertools.product(*map(range, spatial)):
        low = tuple(i // f for i, f in zip(at, size, strict=True))
        offset = int(np.ravel_multi_index([i % f for i, f in zip(at, size, strict=True)], size))
        for c in range(channels):
            few: Any = (slice(None), *low, c * block + offset)
            many: Any = (slice(None), *at, c)
            expected[few] = x[many]
    check(lambda f: layers.PixelUnshuffle(size, data_format=f), x, expected)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("size", [(3,), (2, 3), (2, 1, 3)], ids=str)
def test_pixel_unshuffle_undoes_pixel_shuffle(size: tuple[int, ...], data_format: DataFormat) -> None:
    x = volume((2, 5, 3)[: len(size)], 2 * math.prod(size))
    x = np.moveaxis(x, -1, 1) if data_format == "channels_first" else x
    shuffled = layers.PixelShuffle(size, data_format=data_format)(x)
    np.testing.assert_array_equal(layers.PixelUnshuffle(size, data_format=data_format)(shuffled), x)


@pytest.mark.parametrize("spatial", SPATIAL, ids=str)
def test_edge_padding_is_numpys(spatial: tuple[int, ...]) -> None:
    padding = ((1, 2), (0, 3), (2, 0))[: len(spatial)]
    x = volume(spatial)
    expected = np.pad(x, ((0, 0), *padding, (0, 0)), mode="edge")
    check(lambda f: layers.EdgePadding(padding, data_format=f), x, expected)


@pytest.mark.parametrize("axis", [-1, 1])
@pytest.mark.parametrize("spatial", [(7,), (5, 3), (3, 5, 2)], ids=str)
def test_channel_scale_multiplies_each_channel(spatial: tuple[int, ...], axis: int, tmp_path: Path) -> None:
    x = np.moveaxis(volume(spatial), -1, axis)
    inputs = keras.Input(x.shape[1:])
    layer = layers.ChannelScale(0.5, axis=axis)
    model = keras.Model(inputs, layer(inputs))
    np.testing.assert_allclose(model(x), 0.5 * x, rtol=1e-6)
    layer.scale.assign([1.0, -2.0, 3.0])
    shape = [1] * x.ndim
    shape[axis] = 3
    expected = x * np.reshape([1.0, -2.0, 3.0], shape)
    np.testing.assert_allclose(model(x), expected, rtol=1e-6)
    model.save(tmp_path / "m.keras")
    np.testing.assert_allclose(keras.saving.load_model(tmp_path / "m.keras")(x), expected, rtol=1e-6)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize(
    ("spatial", "bins"), [((7,), (3,)), ((5, 8), (6, 4)), ((2, 3, 9), (2, 5, 6))], ids=str
)
def test_adaptive_pooling_is_keras_s_own(
    spatial: tuple[int, ...], bins: tuple[int, ...], data_format: DataFormat
) -> None:
    x = volume(spatial, 4)
    x = np.moveaxis(x, -1, 1) if data_format == "channels_first" else x
    theirs = getattr(keras.layers, f"AdaptiveAveragePooling{len(spatial)}D")(bins, data_format=data_format)
    inputs = keras.Input(x.shape[1:])
    layer = layers.AdaptivePooling(bins, data_format=data_format)
    model = keras.Model(inputs, [layer(inputs), theirs(inputs)])
    found, expected = model.predict(x, verbose=0)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    assert layer.from_config(layer.get_config()).get_config() == layer.get_config()


def test_a_single_position_is_all_that_is_in_several_bins() -> None:
    x = volume((1, 4), 2)  # Keras's own refuses it, and PyTorch repeats
    found = np.asarray(layers.AdaptivePooling((3, 2))(x))
    pairs = x.reshape(len(x), 1, 2, 2, 2).mean(axis=3)
    np.testing.assert_allclose(found, np.repeat(pairs, 3, axis=1), rtol=1e-5)


def attended(x: np.ndarray, weights: Any, heads: int) -> Any:
    """Every position of a (positions, channels) array attending to every other, head by head."""
    total = 0
    for head in range(heads):
        q, k, v = (x @ weights[name][:, head] + weights[f"{name}_bias"][head] for name in "qkv")
        scores = np.exp(q @ k.T / math.sqrt(q.shape[1]))
        total = total + scores / scores.sum(axis=1, keepdims=True) @ v @ weights["o"][head]
    return total + weights["o_bias"]


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("spatial", [(5,), (2, 3), (2, 2, 3)], ids=str)
def test_self_attention_weighs_all_positions_of_all_axes(
    spatial: tuple[int, ...], data_format: DataFormat, tmp_path: Path
) -> None:
    heads, width, channels = 2, 3, 4
    x = volume(spatial, channels)
    given = np.moveaxis(x, -1, 1) if data_format == "channels_first" else x
    inputs = keras.Input(given.shape[1:])
    layer = layers.SpatialSelfAttention(len(spatial), heads, width, data_format=data_format)
    model = keras.Model(inputs, layer(inputs))
    rng = np.random.default_rng(0)
    layer.set_weights([rng.normal(size=w.shape) for w in layer.weights])
    names = ["q", "q_bias", "k", "k_bias", "v", "v_bias", "o", "o_bias"]
    weights = dict(zip(names, layer.get_weights(), strict=True))
    flat = x.reshape(2, -1, channels)
    expected = np.stack([attended(sample, weights, heads) for sample in flat]).reshape(x.shape)
    expected = np.moveaxis(expected, -1, 1) if data_format == "channels_first" else expected
    assert model.output_shape == (None, *given.shape[1:])
    np.testing.assert_allclose(model(given), expected, atol=1e-4)
    model.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(again(given), model(given))


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("spatial", [(5,), (2, 3), (2, 2, 3)], ids=str)
def test_position_attention_is_one_softmax_and_reads_rows_as_channels(
    spatial: tuple[int, ...], data_format: DataFormat
) -> None:
    query, key, value = (volume(spatial, channels)[:, ..., :] for channels in (3, 3, 4))
    key = key[..., ::-1] * 0.7
    expected = np.empty_like(value)
    for sample in range(len(value)):
        q, k, v = (each[sample].reshape(-1, each.shape[-1]) for each in (query, key, value))
        weights = np.exp([[q[i] @ k[j] for j in range(len(k))] for i in range(len(q))])
        rows = (weights / weights.sum()) @ v
        flat = list(rows.ravel())  # position by position, the channels of each in a row
        for place, number in enumerate(flat):
            channel, position = divmod(place, len(rows))
            expected[(sample, *np.unravel_index(position, spatial), channel)] = number
    given = [np.moveaxis(x, -1, 1) if data_format == "channels_first" else x for x in (query, key, value)]
    symbols = [keras.Input(x.shape[1:]) for x in given]
    layer = layers.SpatialPositionAttention(len(spatial), data_format=data_format)
    model = keras.Model(symbols, layer(symbols))
    assert model.output_shape == (None, *given[2].shape[1:])
    found = model.predict(given, verbose=0)
    found = np.moveaxis(found, 1, -1) if data_format == "channels_first" else found
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


def test_position_attention_counts_weights_below_the_range_of_float16() -> None:
    x = np.ones((1, 90, 90, 1), "float16")  # each pair has 1 / 8100**2, and float16 ends at 6e-8
    found = layers.SpatialPositionAttention(2, dtype="mixed_float16")([x, x, x])
    np.testing.assert_allclose(np.asarray(found, "float32"), 1 / 8100, rtol=1e-3)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_a_mixed_policy_computes_in_its_type_and_keeps_float32_weights(policy: str) -> None:
    x = volume((4, 4), 4)
    for layer in (
        layers.BlurPool((2, 2), dtype=policy),
        layers.PixelUnshuffle((2, 2), dtype=policy),
        layers.EdgePadding(((1, 0), (0, 2)), dtype=policy),
        layers.UnfusedZeroPadding(((1, 0), (0, 2)), dtype=policy),
        layers.ChannelScale(0.5, dtype=policy),
        layers.SpatialSelfAttention(2, 2, 2, dtype=policy),
        layers.GroupedConvTranspose(4, (3, 3), (2, 2), 2, dtype=policy),
    ):
        out = layer(x)
        assert keras.backend.standardize_dtype(out.dtype) == policy.removeprefix("mixed_")
        assert {keras.backend.standardize_dtype(w.dtype) for w in layer.weights} <= {"float32"}
        assert type(layer).from_config(layer.get_config()).get_config() == layer.get_config()


@pytest.mark.parametrize(("kernel", "places"), [((3,), 2), ((1, 3), 4), ((1, 1, 1), 8)])
def test_icnr_repeats_the_kernel_of_its_initializer(kernel: tuple[int, ...], places: Any) -> None:
    inner = keras.initializers.HeNormal(seed=3)
    initializer = layers.Icnr(inner, places)
    made = np.asarray(initializer((*kernel, 5, 2 * places), dtype="float32"))
    small = np.asarray(keras.initializers.HeNormal(seed=3)((*kernel, 5, 2), dtype="float32"))
    for channel in range(2 * places):
        np.testing.assert_array_equal(made[..., channel], small[..., channel // places])
    again = layers.Icnr.from_config(initializer.get_config())
    np.testing.assert_array_equal(again((*kernel, 5, 2 * places)), made)


X = np.zeros((1, 3, 3, 5), "float32")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.BlurPool((2, 0)), "strides: must be positive"),
        (lambda: layers.BlurPool((2, 2), taps=0), "taps: must be positive"),
        (lambda: layers.PixelUnshuffle((2, 2))(X), "must be multiples of size"),
        (lambda: layers.EdgePadding(((1, 0), (-1, 0))), "must not be negative"),
        (lambda: layers.UnfusedZeroPadding(((1, 0), (-1, 0))), "must not be negative"),
        (lambda: layers.Icnr(places=0), "places: must be positive"),
        (lambda: layers.Icnr(places=4)((3, 3, 2, 6)), "must be a multiple of places"),
    ],
)
def test_wrong_arguments_are_refused(make: Callable[..., Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
