"""Normalization to mean 0 and standard deviation 1."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import numpy as np

from unetgen.data.blocks import Array, Floats, mapped
from unetgen.data.normalization.moments import moments_of
from unetgen.data.normalization.normalization import IntensityNormalization, Statistics, per_channel
from unetgen.errors import UnetgenError


class ZScore(IntensityNormalization):
    """Mean 0 and standard deviation 1 in each channel, as nnU-Net has it for all but CT.

    Isensee et al. 2021, Nature Methods 18:203. A channel that is constant becomes 0.
    """

    kind: Literal["zscore"] = "zscore"
    per: Literal["image", "dataset"] = "image"
    """Takes mean and deviation of each image by itself (`image`), or of all training images together
    (`dataset`), which keeps differences between images."""
    nonzero: bool = False
    """Leaves values that are 0 out of mean and deviation and keeps them 0, for images with a background of
    zeros."""

    @property
    def fits(self) -> bool:
        return self.per == "dataset"

    def fit(self, images: Iterable[Array]) -> Statistics:
        if not self.fits:
            return {}
        moments = moments_of(images, self.nonzero)
        if moments is None:
            raise UnetgenError("normalize: there are no images to take mean and deviation of")
        return {"mean": tuple(moments.mean.tolist()), "deviation": tuple(moments.deviation.tolist())}

    def apply(self, values: Array, statistics: Statistics) -> Floats:
        channels = values.shape[-1]
        if self.fits:
            mean = np.array(per_channel(statistics, "mean", channels))
            deviation = np.array(per_channel(statistics, "deviation", channels))
            if (deviation <= 0).any():
                raise UnetgenError("normalize: a deviation of the training set is not above 0")
        else:
            moments = moments_of([values], self.nonzero)
            if moments is None:
                return np.zeros(values.shape, np.float32)
            mean, deviation = moments.mean, moments.deviation
        if self.nonzero:
            return mapped(values, lambda x: np.where(x != 0, (x - mean) / deviation, 0.0))
        return mapped(values, lambda x: (x - mean) / deviation)
