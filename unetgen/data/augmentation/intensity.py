"""Random changes of intensities. Each draws for every channel by itself."""

from __future__ import annotations

from abc import abstractmethod
from typing import Annotated

import numpy as np

from unetgen.data.augmentation.values import Amounts, Factors, Probability, Shares, factor
from unetgen.data.blocks import Floats
from unetgen.parts.choice import Short
from unetgen.parts.part import Part

TINY = 1e-7
"""A range or deviation below this is none."""


class IntensityChange(Part):
    """The base of random changes of intensities."""

    probability: Probability = 1.0
    """The probability that a patch is changed."""
    channel_probability: Probability = 1.0
    """The probability of each channel of such a patch."""

    def apply(self, values: Floats, plane: tuple[int, ...], rng: np.random.Generator) -> Floats:
        """The changed values ``(*spatial, channels)``; `values` themselves where nothing is drawn."""
        if rng.random() >= self.probability:
            return values
        chosen = np.flatnonzero(rng.random(values.shape[-1]) < self.channel_probability)
        if not chosen.size:
            return values
        changed = values.copy()
        for channel in chosen:
            changed[..., channel] = self.change(values[..., channel], plane, rng)
        return changed

    @abstractmethod
    def change(self, values: Floats, plane: tuple[int, ...], rng: np.random.Generator) -> Floats:
        """One changed channel ``(*spatial)``. `plane`: the axes along which the patch is as fine as it is."""


class RandomBrightness(IntensityChange):
    """Multiplies intensities by a factor. A bare list sets `factors`."""

    factors: Factors
    """The smallest and the largest factor."""

    def change(self, values: Floats, plane: tuple[int, ...], rng: np.random.Generator) -> Floats:
        return values * np.float32(factor(rng, self.factors))


class RandomContrast(IntensityChange):
    """Multiplies distances from the mean by a factor, within the old range. A bare list sets `factors`."""

    factors: Factors
    """The smallest and the largest factor."""

    def change(self, values: Floats, plane: tuple[int, ...], rng: np.random.Generator) -> Floats:
        mean = np.float32(values.mean(dtype=np.float64))
        stretched = (values - mean) * np.float32(factor(rng, self.factors)) + mean
        clipped: Floats = np.clip(stretched, values.min(), values.max())
        return clipped


class RandomGamma(IntensityChange):
    """Raises intensities between 0 and 1 to a power; keeps mean and deviation. A bare list sets `powers`."""

    powers: Factors
    """The smallest and the largest power."""
    inverted: Probability = 0.0
    """The probability of a second such change, of the negative of the image."""

    def apply(self, values: Floats, plane: tuple[int, ...], rng: np.random.Generator) -> Floats:
        if rng.random() < self.inverted:
            once = self.model_copy(update={"probability": 1.0, "inverted": 0.0})
            values = -once.apply(-values, plane, rng)
        return super().apply(values, plane, rng)

    def change(self, values: Floats, plane: tuple[int, ...], rng: np.random.Generator) -> Floats:
        power = factor(rng, self.powers)
        low = values.min()
        width = values.max() - low
        if width < TINY:
            return values
        raised = ((values - low) / width) ** np.float32(power)
        deviation = max(float(raised.std(dtype=np.float64)), TINY)
        scale = np.float32(values.std(dtype=np.float64) / deviation)
        mean = np.float32(values.mean(dtype=np.float64))
        restored: Floats = (raised - np.float32(raised.mean(dtype=np.float64))) * scale + mean
        return restored


class RandomNoise(IntensityChange):
    """Adds Gaussian noise. A bare list sets `deviations`."""

    deviations: Amounts
    """The smallest and the largest standard deviation, in normalized intensities."""

    def change(self, values: Floats, plane: tuple[int, ...], rng: np.random.Generator) -> Floats:
        deviation = np.float32(rng.uniform(*self.deviations))
        return values + deviation * rng.standard_normal(values.shape, np.float32)


class RandomBlur(IntensityChange):
    """Blurs with a Gaussian, another on each axis. A bare list sets `deviations`."""

    deviations: Amounts
    """The smallest and the largest standard deviation of the Gaussian, in voxels."""

    def change(self, values: Floats, plane: tuple[int, ...], rng: np.random.Generator) -> Floats:
        from scipy.ndimage import gaussian_filter

        sigmas = rng.uniform(*self.deviations, size=values.ndim)
        blurred: Floats = gaussian_filter(values, sigmas)
        return blurred


class RandomLowResolution(IntensityChange):
    """Simulates a coarser image: every so many voxels are kept, and the rest interpolated linearly.

    A bare list sets `shares`. An anisotropic patch keeps its coarse axis as it is.
    """

    shares: Shares
    """The smallest and the largest share of the voxels of an axis that are kept."""

    def change(self, values: Floats, plane: tuple[int, ...], rng: np.random.Generator) -> Floats:
        share = rng.uniform(*self.shares)
        for axis in plane:
            length = values.shape[axis]
            kept = max(1, round(length * share))
            values = _coarsened(values, axis, kept)
        return values


def _coarsened(values: Floats, axis: int, kept: int) -> Floats:
    """`values` at `kept` positions of an axis, the nearest ones, and lines between them.

    Positions count from the middle of a voxel, so that the first and the last half are constant.
    """
    length = values.shape[axis]
    nearest = ((np.arange(kept) + 0.5) * length / kept).astype(int).clip(0, length - 1)
    place = ((np.arange(length) + 0.5) * kept / length - 0.5).clip(0, kept - 1)
    below = np.floor(place).astype(int)
    above = np.minimum(below + 1, kept - 1)
    shape = [1] * values.ndim
    shape[axis] = length
    share = (place - below).astype(np.float32).reshape(shape)
    first, second = values.take(nearest[below], axis), values.take(nearest[above], axis)
    between: Floats = first + (second - first) * share
    return between


BrightnessField = Annotated[RandomBrightness | None, Short("factors", (list, tuple), "a list of two factors")]
ContrastField = Annotated[RandomContrast | None, Short("factors", (list, tuple), "a list of two factors")]
GammaField = Annotated[RandomGamma | None, Short("powers", (list, tuple), "a list of two powers")]
NoiseField = Annotated[RandomNoise | None, Short("deviations", (list, tuple), "a list of two deviations")]
BlurField = Annotated[RandomBlur | None, Short("deviations", (list, tuple), "a list of two deviations")]
LowResolutionField = Annotated[
    RandomLowResolution | None, Short("shares", (list, tuple), "a list of two shares")
]
