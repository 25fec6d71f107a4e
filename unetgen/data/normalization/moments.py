"""Mean and standard deviation of each channel, over images that come one by one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unetgen.data.blocks import Array, blocks
from unetgen.errors import UnetgenError

Vector = NDArray[np.float64]
CONSTANT = 1e-7
"""A standard deviation below this share of the mean is the rounding of a constant channel."""


@dataclass(frozen=True, eq=False)
class Moments:
    """What is known of each channel of the values that were seen: ``(channels,)`` each."""

    count: Vector
    mean: Vector
    squares: Vector
    """The sum of the squared distances from the mean."""

    def joined(self, other: Moments) -> Moments:
        """Those of both (Chan, Golub and LeVeque 1979, STAN-CS-79-773)."""
        count = self.count + other.count
        share = np.divide(other.count, count, out=np.zeros_like(count), where=count > 0)
        shift = other.mean - self.mean
        squares = self.squares + other.squares + shift**2 * self.count * share
        return Moments(count, self.mean + shift * share, squares)

    @property
    def deviation(self) -> Vector:
        """The standard deviation; 1 for a channel that is constant or that has no values."""
        variance = np.divide(self.squares, self.count, out=np.zeros_like(self.mean), where=self.count > 0)
        deviation = np.sqrt(variance)
        return np.where(deviation > CONSTANT * np.abs(self.mean), deviation, 1.0)


def moments_of(images: Iterable[Array], nonzero: bool = False) -> Moments | None:
    """The moments over all values of all images ``(*spatial, channels)``; None without images.

    nonzero: leave out values that are 0, as the background of a skull-stripped brain is.
    """
    total: Moments | None = None
    for values in images:
        for block in blocks(values):
            channels = values.shape[-1]
            if total is not None and len(total.mean) != channels:
                raise UnetgenError(
                    f"normalize: an image has {channels} channels, and those before it {len(total.mean)}; "
                    "choose `channels` that all images have"
                )
            part = _moments(np.asarray(values[block], np.float64).reshape(-1, channels), nonzero)
            total = part if total is None else total.joined(part)
    return total


def _moments(rows: Vector, nonzero: bool) -> Moments:
    counted = rows != 0 if nonzero else np.ones_like(rows, bool)
    count = counted.sum(0).astype(np.float64)
    total = rows.sum(0)  # zeros that are left out add nothing
    mean = np.divide(total, count, out=np.zeros_like(total), where=count > 0)
    squares = (np.where(counted, rows - mean, 0.0) ** 2).sum(0)
    return Moments(count, mean, squares)
