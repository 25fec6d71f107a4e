"""Normalizations against plain NumPy, block by block or at once, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from unetgen.data import blocks
from unetgen.data.normalization import NORMALIZATIONS, AnyNormalize, Statistics
from unetgen.errors import UnetgenError
from unetgen.parts.choice import Kinds

NORMALIZE: Kinds[Any] = Kinds("normalize", AnyNormalize)
SIZES = [(40,), (13, 17), (7, 9, 11)]
EVERY: list[Any] = [
    "zscore",
    {"kind": "zscore", "nonzero": True},
    {"kind": "zscore", "per": "dataset"},
    {"kind": "zscore", "per": "dataset", "nonzero": True},
    "percentiles",
    {"kind": "window", "low": -160, "high": 240},
    "scale",
    "none",
]


@pytest.fixture(autouse=True, params=[64, blocks.BLOCK])
def block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every law holds of one block and of many."""
    monkeypatch.setattr(blocks.blocks, "__defaults__", (request.param,))


def image(size: tuple[int, ...], dtype: Any = np.int16, seed: int = 0) -> np.ndarray:
    """Three channels of other scales; a part is 0."""
    rng = np.random.default_rng(seed)
    values = rng.normal([500, -100, 30], [200, 50, 5], (*size, 3))
    values[rng.random(size) < 0.3] = 0
    return values.astype(dtype)


def normalized(kind: object, values: np.ndarray, statistics: Statistics | None = None) -> np.ndarray:
    result: np.ndarray = NORMALIZE.parse(kind).apply(values, statistics or {})
    assert result.dtype == np.float32
    return result


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("dtype", [np.int16, np.float32, np.float64])
def test_zscore_of_an_image(size: tuple[int, ...], dtype: Any) -> None:
    values = image(size, dtype)
    axes = tuple(range(len(size)))
    expected = (values - values.mean(axes, np.float64)) / values.std(axes, np.float64)
    np.testing.assert_allclose(normalized("zscore", values), expected, atol=1e-6)


@pytest.mark.parametrize("size", SIZES)
def test_zscore_of_what_is_not_zero(size: tuple[int, ...]) -> None:
    values = image(size)
    result = normalized({"kind": "zscore", "nonzero": True}, values)
    for channel in range(3):
        of_channel = values[..., channel].astype(float)
        inside = of_channel[of_channel != 0]
        expected = np.where(of_channel != 0, (of_channel - inside.mean()) / inside.std(), 0)
        np.testing.assert_allclose(result[..., channel], expected, atol=1e-6)


@pytest.mark.parametrize("nonzero", [False, True])
def test_zscore_of_a_data_set_sees_every_value_once(nonzero: bool) -> None:
    images = [image((8 + n, 9), seed=n) + 100 * n for n in range(4)]
    zscore = NORMALIZE.parse({"kind": "zscore", "per": "dataset", "nonzero": nonzero})
    statistics = zscore.fit(iter(images))
    assert set(statistics) == {"mean", "deviation"}
    for channel in range(3):
        every = np.concatenate([values[..., channel].ravel() for values in images]).astype(float)
        counted = every[every != 0] if nonzero else every
        assert statistics["mean"][channel] == pytest.approx(counted.mean(), rel=1e-12)
        assert statistics["deviation"][channel] == pytest.approx(counted.std(), rel=1e-12)
    result = zscore.apply(images[2], statistics).astype(float)
    expected = (images[2] - np.array(statistics["mean"])) / np.array(statistics["deviation"])
    np.testing.assert_allclose(result, np.where((images[2] == 0) & nonzero, 0, expected), atol=1e-6)


def test_a_large_mean_costs_no_digits() -> None:
    values = 1e7 + np.random.default_rng(0).standard_normal((50, 40, 1))
    result = normalized("zscore", values)
    np.testing.assert_allclose(result, (values - values.mean()) / values.std(), atol=1e-5)


@pytest.mark.parametrize("constant", [0, 7, 0.1, -1e6, 1e-9])
@pytest.mark.parametrize("kind", ["zscore", {"kind": "zscore", "nonzero": True}, "percentiles"])
def test_a_constant_channel_becomes_zero(kind: object, constant: float) -> None:
    values = np.full((30, 31, 1), constant)
    assert np.abs(normalized(kind, values)).max() < 1e-6


@pytest.mark.parametrize("size", SIZES)
def test_percentiles_become_zero_and_one(size: tuple[int, ...]) -> None:
    values = image(size)
    result = normalized({"kind": "percentiles", "low": 5, "high": 90}, values)
    for channel in range(3):
        low, high = np.percentile(values[..., channel].astype(float), [5, 90])
        expected = np.clip((values[..., channel] - low) / (high - low), 0, 1)
        np.testing.assert_allclose(result[..., channel], expected, atol=1e-6)


@pytest.mark.parametrize("size", SIZES)
def test_a_window_is_clipped(size: tuple[int, ...]) -> None:
    values = image(size)
    expected = np.clip((values.astype(float) + 160) / 400, 0, 1)
    result = normalized({"kind": "window", "low": -160, "high": 240}, values)
    np.testing.assert_allclose(result, expected, atol=1e-6)
    assert result.min() == 0
    assert result.max() == 1


def test_scale_divides() -> None:
    values = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)
    np.testing.assert_allclose(normalized("scale", values), values / 255, atol=1e-7)
    wide = np.array([[0], [65535]], np.uint16)
    assert normalized({"kind": "scale", "divisor": 65535}, wide).tolist() == [[0], [1]]


def test_none_keeps_every_value() -> None:
    values = image((5, 6))
    result = normalized("none", values)
    assert np.array_equal(result, values)
    assert not np.shares_memory(result, normalized("none", result))


@pytest.mark.parametrize("kind", EVERY)
def test_an_image_is_left_as_it_is_and_statistics_are_plain(kind: Any) -> None:
    values = image((6, 7))
    before = values.copy()
    part = NORMALIZE.parse(kind)
    statistics = part.fit([values])
    assert bool(statistics) == part.fits
    assert all(type(number) is float for numbers in statistics.values() for number in numbers)
    result = part.apply(values, statistics)
    assert np.array_equal(values, before)
    assert np.isfinite(result).all()
    assert result.flags.c_contiguous


def test_every_kind_is_tried_here() -> None:
    assert {type(NORMALIZE.parse(kind)) for kind in EVERY} == set(NORMALIZATIONS)


@pytest.mark.parametrize("kind", [kind for kind in EVERY if "dataset" not in str(kind)])
def test_images_are_not_asked_for_in_vain(kind: object) -> None:
    def images() -> Iterator[np.ndarray]:
        pytest.fail("an image was read")
        yield np.zeros((1, 1))

    assert NORMALIZE.parse(kind).fit(images()) == {}


def test_statistics_of_others_are_refused() -> None:
    part = NORMALIZE.parse({"kind": "zscore", "per": "dataset"})
    values = image((5, 5))
    for statistics, message in [
        ({}, "the training set's mean is missing"),
        ({"mean": (1.0,) * 3}, "the training set's deviation is missing"),
        ({"mean": (1.0,), "deviation": (1.0,)}, "has 3 channels, and the training set had 1"),
        (
            {"mean": (1.0,) * 3, "deviation": (1.0, 0.0, 1.0)},
            "a deviation of the training set is not above 0",
        ),
    ]:
        with pytest.raises(UnetgenError, match=f"^normalize: {message}"):
            part.apply(values, statistics)
    with pytest.raises(UnetgenError, match=r"^normalize: an image has 2 channels, and those before it 3"):
        part.fit([values, values[..., :2]])
    with pytest.raises(UnetgenError, match="no images to take mean and deviation of"):
        part.fit([])


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ({"kind": "window"}, "Field required"),
        ({"kind": "window", "low": 3, "high": 3}, "must be above `low`, which is 3 (got 3.0)"),
        ({"kind": "percentiles", "low": 60, "high": 40}, "must be above `low`, which is 60"),
        ({"kind": "percentiles", "high": 101}, "less than or equal to 100"),
        ({"kind": "scale", "divisor": 0}, "greater than 0"),
        ({"kind": "zscore", "per": "channel"}, "Input should be 'image' or 'dataset'"),
        ({"kind": "none", "low": 1}, "Extra inputs are not permitted"),
    ],
)
def test_fields_that_mean_nothing_are_refused(kind: object, message: str) -> None:
    with pytest.raises(ValueError, match="validation error") as error:
        NORMALIZE.parse(kind)
    assert message in str(error.value)


def test_a_large_image_takes_little_more_than_its_result() -> None:
    import tracemalloc

    values = np.zeros((2**7, 2**15, 1), np.int16)
    values[::2] = 100
    tracemalloc.start()
    result = normalized("zscore", values)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < result.nbytes + 2**26
