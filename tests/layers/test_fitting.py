"""Layers that read sizes when the model runs, against NumPy; and spatial layers at sizes not known before."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import keras
import numpy as np
import pytest

from tests.tiers import sampled
from unetgen import layers
from unetgen.layers.tensor import DataFormat
from unetgen.model.running import called, predicted

SPATIAL = {1: ((5,), (8,)), 2: ((5, 6), (8, 9)), 3: ((5, 6, 3), (8, 7, 4))}
"""By dimensions: a smaller and a larger size."""


def resized(x: np.ndarray, sizes: tuple[int, ...]) -> np.ndarray:
    for axis, size in enumerate(sizes, start=1):
        x = x.take(np.arange(size) * x.shape[axis] // size, axis)
    return x


def cropped(x: np.ndarray, sizes: tuple[int, ...]) -> np.ndarray:
    for axis, size in enumerate(sizes, start=1):
        before = (x.shape[axis] - size) // 2
        x = x.take(np.arange(before, before + size), axis)
    return x


def padded(x: np.ndarray, sizes: tuple[int, ...], mode: str) -> np.ndarray:
    amounts = [(0, 0), *((0, size - n) for size, n in zip(sizes, x.shape[1:-1], strict=True)), (0, 0)]
    return np.pad(x, amounts, mode=mode)  # type: ignore[call-overload]


def to_multiple(x: np.ndarray, by: int) -> np.ndarray:
    missing = [-n % by for n in x.shape[1:-1]]
    return np.pad(x, [(0, 0), *((n // 2, n - n // 2) for n in missing), (0, 0)])


def cut_to_multiple(x: np.ndarray, by: int) -> np.ndarray:
    return x[(slice(None), *(slice(0, n - n % by) for n in x.shape[1:-1]))]


LIKE: Mapping[str, tuple[Callable[..., keras.layers.Layer], bool, Callable[..., np.ndarray]]] = {
    "nearest": (layers.ResizingLike, False, resized),
    "crop": (layers.CroppingLike, True, cropped),
    "zeros": (layers.PaddingLike, False, lambda x, sizes: padded(x, sizes, "constant")),
    "edge": (lambda **kw: layers.PaddingLike(mode="edge", **kw), False, lambda x, s: padded(x, s, "edge")),
}
"""By name: the layer, whether its input is the larger one, and what NumPy makes of it."""


def moved(x: np.ndarray, data_format: str) -> np.ndarray:
    return x if data_format == "channels_last" else np.moveaxis(x, -1, 1)


def open_input(x: np.ndarray, data_format: str, free: bool) -> keras.KerasTensor:
    shape = [None if free else n for n in x.shape[1:-1]]
    return keras.Input((*shape, x.shape[-1]) if data_format == "channels_last" else (x.shape[-1], *shape))


@pytest.mark.parametrize("free", [True, False])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("dims", sampled((1, 2, 3), (2,)))
@pytest.mark.parametrize("name", LIKE)
def test_a_tensor_gets_the_size_of_another(name: str, dims: int, data_format: str, free: bool) -> None:
    make, is_larger, oracle = LIKE[name]
    sizes = SPATIAL[dims][::-1] if is_larger else SPATIAL[dims]
    rng = np.random.default_rng(0)
    x, other = (
        rng.normal(size=(2, *size, c)).astype("float32") for size, c in zip(sizes, (3, 1), strict=True)
    )
    given = [moved(each, data_format) for each in (x, other)]
    symbols = [open_input(each, data_format, free) for each in (x, other)]
    output = make(dims=dims, data_format=data_format)(symbols)
    expected = moved(oracle(x, sizes[1]), data_format)
    assert output.shape[1:] == (open_input(oracle(x, sizes[1]), data_format, free).shape[1:])
    model = keras.Model(symbols, output)
    for found in (called(model, given), predicted(model, given)):  # type: ignore[arg-type]
        np.testing.assert_array_equal(found[0].astype("float32"), expected)
    again = keras.Model.from_config(model.get_config())
    np.testing.assert_array_equal(predicted(again, given)[0], predicted(model, given)[0])  # type: ignore[arg-type]


@pytest.mark.parametrize("free", [True, False])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("dims", sampled((1, 2, 3), (2,)))
@pytest.mark.parametrize(
    ("kind", "oracle"), [("PaddingToMultiple", to_multiple), ("CroppingToMultiple", cut_to_multiple)]
)
def test_a_tensor_gets_to_a_multiple(
    kind: str, oracle: Callable[..., np.ndarray], dims: int, data_format: str, free: bool
) -> None:
    x = np.random.default_rng(0).normal(size=(2, *SPATIAL[dims][0], 2)).astype("float32")
    symbol = open_input(x, data_format, free)
    layer = getattr(layers, kind)((4,) * dims, data_format=data_format) if min(x.shape[1:-1]) >= 4 else None
    layer = layer or getattr(layers, kind)((2,) * dims, data_format=data_format)
    model = keras.Model(symbol, layer(symbol))
    expected = moved(oracle(x, layer.multiples[0]), data_format)
    np.testing.assert_array_equal(predicted(model, moved(x, data_format))[0].astype("float32"), expected)


SIZED: Mapping[str, Callable[[int, DataFormat], keras.layers.Layer]] = {
    "nearest": lambda d, f: layers.Upsampling((2,) * d, "nearest", data_format=f),
    "linear": lambda d, f: layers.Upsampling((3,) * d, "linear", data_format=f),
    "aligned": lambda d, f: layers.Upsampling((3,) * d, "linear_align_corners", data_format=f),
    "to a size": lambda d, f: layers.Resizing((7,) * d, "linear", data_format=f),
    "to a size, nearest": lambda d, f: layers.Resizing((7,) * d, "nearest", data_format=f),
    "to a size, by averages": lambda d, f: layers.AdaptivePooling((5, 2, 9)[:d], data_format=f),
    "edge": lambda d, f: layers.EdgePadding(((1, 2),) * d, data_format=f),
    "zeros": lambda d, f: layers.UnfusedZeroPadding(((1, 2),) * d, data_format=f),
    "blur": lambda d, f: layers.BlurPool((2,) * d, 4, data_format=f),
    "crop": lambda d, f: layers.Cropping(((1, 1),) * d, data_format=f),
    "shuffle": lambda d, f: layers.PixelShuffle((2,) * d, data_format=f),
    "unshuffle": lambda d, f: layers.PixelUnshuffle((2,) * d, data_format=f),
    "grouped": lambda d, f: layers.GroupedConvTranspose(8, (3,) * d, (2,) * d, 8, data_format=f),
    "attention": lambda d, f: layers.SpatialSelfAttention(d, 2, 3, data_format=f),
}


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("dims", sampled((1, 2, 3), (2,)))
@pytest.mark.parametrize("name", SIZED)
def test_a_size_that_is_not_known_before_changes_no_value(
    name: str, dims: int, data_format: DataFormat
) -> None:
    x = np.random.default_rng(0).normal(size=(2, *(4, 6, 8)[:dims], 8)).astype("float32")
    known, free = (open_input(x, data_format, is_free) for is_free in (False, True))
    layer = SIZED[name](dims, data_format)
    fixed, any_size = (keras.Model(symbol, layer(symbol)) for symbol in (known, free))
    given = moved(x, data_format)
    wanted = called(fixed, given)[0]
    assert any_size.output_shape[1:] != fixed.output_shape[1:] or name.startswith("to a size")
    np.testing.assert_allclose(predicted(any_size, given)[0], wanted, rtol=1e-6, atol=1e-6)
