"""Changes of intensities against plain arithmetic."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from unetgen.data.augmentation.intensity import (
    IntensityChange,
    RandomBlur,
    RandomBrightness,
    RandomContrast,
    RandomGamma,
    RandomLowResolution,
    RandomNoise,
)

SIZES = [(30,), (14, 17), (8, 9, 11)]


def image(size: tuple[int, ...], channels: int = 2) -> np.ndarray:
    return np.random.default_rng(7).gamma(2.0, 1.0, (*size, channels)).astype(np.float32) - 1


def applied(change: IntensityChange, values: np.ndarray, seed: int = 0) -> np.ndarray:
    plane = tuple(range(values.ndim - 1))
    return change.apply(values, plane, np.random.default_rng(seed))


@pytest.mark.parametrize("size", SIZES)
def test_brightness_is_a_factor_for_each_channel(size: tuple[int, ...]) -> None:
    values = image(size)
    ratio = applied(RandomBrightness(factors=(1.5, 2.0)), values) / values
    factors = ratio.reshape(-1, 2)
    np.testing.assert_allclose(factors, factors[:1].repeat(len(factors), 0), rtol=1e-5)
    assert 1.5 <= factors.min() < factors.max() <= 2.0
    assert factors[0, 0] != pytest.approx(factors[0, 1], rel=1e-3)


@pytest.mark.parametrize("size", SIZES)
def test_contrast_keeps_the_mean_and_the_range(size: tuple[int, ...]) -> None:
    values = image(size, 1)
    flatter = applied(RandomContrast(factors=(0.5, 0.5)), values)
    np.testing.assert_allclose(flatter, (values - values.mean()) * 0.5 + values.mean(), atol=1e-5)
    steeper = applied(RandomContrast(factors=(2.0, 2.0)), values)
    expected = np.clip((values - values.mean()) * 2 + values.mean(), values.min(), values.max())
    np.testing.assert_allclose(steeper, expected, atol=1e-5)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("inverted", [False, True])
def test_gamma_is_a_power_that_keeps_mean_and_deviation(size: tuple[int, ...], inverted: bool) -> None:
    values = image(size, 1)
    chances = {"probability": 0.0, "inverted": 1.0} if inverted else {"probability": 1.0}
    changed = applied(RandomGamma.model_validate({"powers": [1.7, 1.7], **chances}), values).astype(float)
    x = values.astype(float) * (-1 if inverted else 1)
    raised = ((x - x.min()) / (x.max() - x.min())) ** 1.7
    expected = (raised - raised.mean()) / raised.std() * x.std() + x.mean()
    np.testing.assert_allclose(changed, expected * (-1 if inverted else 1), atol=1e-4)


def test_gamma_leaves_a_constant_channel() -> None:
    values = np.full((5, 5, 1), 3, np.float32)
    assert np.array_equal(applied(RandomGamma(powers=(0.7, 1.5), inverted=1.0), values), values)


def test_noise_has_the_deviation_that_is_said() -> None:
    values = image((200, 200))
    noise = applied(RandomNoise(deviations=(0.3, 0.3)), values) - values
    assert noise.std() == pytest.approx(0.3, rel=0.02)
    assert noise.mean() == pytest.approx(0, abs=0.01)
    assert abs(np.corrcoef(noise[..., 0].ravel(), noise[..., 1].ravel())[0, 1]) < 0.02


def test_blur_spreads_one_voxel_as_a_gaussian() -> None:
    values = np.zeros((21, 21, 1), np.float32)
    values[10, 10] = 1
    blurred = applied(RandomBlur(deviations=(1.5, 1.5)), values)[..., 0]
    distance = (np.indices((21, 21)) - 10.0) ** 2
    expected = np.exp(-distance.sum(0) / (2 * 1.5**2))
    np.testing.assert_allclose(blurred, expected / expected.sum(), atol=1e-4)


def coarsened(line: list[float], kept: int) -> list[float]:
    """One axis by a loop: the voxel whose middle is nearest to that of each coarse one, then lines."""
    length = len(line)
    coarse = [line[int((k + 0.5) * length / kept)] for k in range(kept)]
    result = []
    for i in range(length):
        place = min(max((i + 0.5) * kept / length - 0.5, 0), kept - 1)
        low = min(int(place), max(kept - 2, 0))
        high = min(low + 1, kept - 1)
        result.append(coarse[low] * (1 - (place - low)) + coarse[high] * (place - low))
    return result


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("share", [0.05, 0.4, 0.77, 1.0])
def test_low_resolution_is_what_a_loop_computes(size: tuple[int, ...], share: float) -> None:
    values = image(size, 1)
    changed = applied(RandomLowResolution(shares=(share, share)), values)[..., 0]
    expected = values[..., 0].astype(float)
    for axis, length in enumerate(size):
        kept = max(1, round(length * share))
        lines = np.moveaxis(expected, axis, -1)
        coarse = [coarsened(line.tolist(), kept) for line in lines.reshape(-1, length)]
        expected = np.moveaxis(np.array(coarse).reshape(lines.shape), -1, axis)
    np.testing.assert_allclose(changed, expected, atol=1e-5)
    assert share < 1 or np.array_equal(changed, values[..., 0])


def test_low_resolution_leaves_a_coarse_axis() -> None:
    values = image((6, 24, 24), 1)
    change = RandomLowResolution(shares=(0.3, 0.3))
    changed = change.apply(values, (1, 2), np.random.default_rng(0))
    for index in range(6):
        alone = change.apply(values[index], (0, 1), np.random.default_rng(0))
        assert np.array_equal(changed[index], alone)


CHANGES: list[tuple[type[IntensityChange], dict[str, Any]]] = [
    (RandomBrightness, {"factors": [2, 3]}),
    (RandomContrast, {"factors": [0.2, 0.3]}),
    (RandomGamma, {"powers": [2, 3]}),
    (RandomNoise, {"deviations": [1, 2]}),
    (RandomBlur, {"deviations": [1, 2]}),
    (RandomLowResolution, {"shares": [0.2, 0.3]}),
]


@pytest.mark.parametrize(("change", "fields"), CHANGES)
def test_shares_of_patches_and_channels_are_changed(
    change: type[IntensityChange], fields: dict[str, Any]
) -> None:
    values = image((5, 5), 4)
    some = change.model_validate({**fields, "probability": 0.4, "channel_probability": 0.5})
    changed = np.array([(applied(some, values, seed) != values).any((0, 1)) for seed in range(500)])
    assert 0.33 < changed.any(1).mean() / (1 - 0.5**4) < 0.47
    assert 0.15 < changed.mean() < 0.25
    never = change.model_validate({**fields, "probability": 0.0})
    assert applied(never, values) is values
