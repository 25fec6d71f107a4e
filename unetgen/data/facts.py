"""What is known of one image and of one mask once they have been read."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field, replace

import numpy as np

from unetgen.data.blocks import blocks
from unetgen.data.labels import Counts, value_counts
from unetgen.data.normalization.moments import Moments, moments_of
from unetgen.images.geometry import codes
from unetgen.images.image import Image, Values

SAMPLED = 10_000
"""Positions of an image that stand for all of them where percentiles are taken, as many as in nnU-Net."""
_SEED = 0


@dataclass(frozen=True, eq=False)
class ImageFacts:
    """An image's size, geometry and intensities."""

    spatial: tuple[int, ...]
    spacing: tuple[float, ...] | None
    """None where the file says nothing of it."""
    axes: str | None
    """Where its axes lead, such as RAS; None where the file does not say."""
    channels: int
    dtype: str
    digest: str
    """Of type, shape and values: equal images have equal digests, whatever their formats."""
    not_finite: int
    """Values that are NaN or infinite."""
    lowest: tuple[float, ...] = ()
    """By channel, as all that follows; empty where there are values that are not finite."""
    highest: tuple[float, ...] = ()
    moments: Moments | None = field(default=None, repr=False)
    sample: Values | None = field(default=None, repr=False)
    """``(positions, channels)``: all positions, or `SAMPLED` of them."""

    @classmethod
    def of(cls, image: Image) -> ImageFacts:
        """The facts of an image that has values."""
        values = image.values
        facts = cls(
            spatial=image.spatial,
            spacing=None if image.affine is None else image.spacing,
            axes=None if image.affine is None else codes(image),
            channels=image.channels,
            dtype=str(values.dtype),
            digest=digest_of(values),
            not_finite=_not_finite(values),
        )
        if facts.not_finite:
            return facts
        spatial = tuple(range(image.dims))
        lowest, highest = (tuple(map(float, each)) for each in (values.min(spatial), values.max(spatial)))
        return replace(
            facts, lowest=lowest, highest=highest, moments=moments_of([values]), sample=sampled(values)
        )

    @property
    def is_constant(self) -> bool:
        """Whether every channel holds one value alone."""
        return not self.not_finite and self.lowest == self.highest


@dataclass(frozen=True)
class MaskFacts:
    """A mask's size and values."""

    spatial: tuple[int, ...]
    counts: Counts
    digest: str

    @classmethod
    def of(cls, mask: Image) -> MaskFacts:
        """The facts of a mask of one channel."""
        return cls(mask.spatial, value_counts(mask.values), digest_of(mask.values))


def digest_of(values: Values) -> str:
    """A hash of an array's type, shape and values."""
    digest = hashlib.blake2b(f"{values.dtype.str} {values.shape}".encode(), digest_size=16)
    for block in blocks(values):
        digest.update(np.ascontiguousarray(values[block]).data)
    return digest.hexdigest()


def sampled(values: Values) -> Values:
    """``(positions, channels)`` of all positions, or of `SAMPLED`, drawn alike for each image."""
    *spatial, channels = values.shape
    count = math.prod(spatial)
    if count <= SAMPLED:
        return values.reshape(-1, channels).copy()  # else all of the image would be kept
    drawn = np.random.default_rng(_SEED).integers(0, count, SAMPLED)
    rows: Values = values[np.unravel_index(drawn, spatial)]
    return rows


def _not_finite(values: Values) -> int:
    if values.dtype.kind != "f":
        return 0
    return sum(int(np.count_nonzero(~np.isfinite(values[block]))) for block in blocks(values))
