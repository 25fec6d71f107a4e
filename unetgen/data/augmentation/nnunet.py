"""Augmentation as nnU-Net has it."""

from __future__ import annotations

from typing import Literal

from unetgen.data.augmentation.augmentation import Augmentation, plane_of
from unetgen.data.augmentation.custom import CustomAugmentation
from unetgen.data.augmentation.intensity import (
    RandomBlur,
    RandomBrightness,
    RandomContrast,
    RandomGamma,
    RandomLowResolution,
    RandomNoise,
)
from unetgen.data.augmentation.spatial import RandomFlip, RandomRotation, RandomScale

OBLONG = 1.5
"""A patch of two axes whose longer side is more than this many times the shorter one turns a little only."""


class NnunetAugmentation(Augmentation):
    """The transforms of nnU-Net version 2, with its ranges and probabilities (Isensee et al. 2021, Nature
    Methods 18:203; `nnUNetTrainer.get_training_transforms`).

    Volumes turn by up to 30 degrees in each plane, anisotropic ones by any angle within their slices, images
    by any angle, and oblong images by up to 15 degrees.
    """

    kind: Literal["nnunet"] = "nnunet"

    def for_patch(self, size: tuple[int, ...]) -> CustomAugmentation:
        degrees = largest_angle(size)
        return CustomAugmentation(
            flip=RandomFlip(axes=tuple(range(len(size)))),
            rotate=RandomRotation(degrees=degrees, probability=0.2) if degrees else None,
            scale=RandomScale(factors=(0.7, 1.4), probability=0.2),
            noise=RandomNoise(deviations=(0.0, 0.1), probability=0.1),
            blur=RandomBlur(deviations=(0.5, 1.0), probability=0.2, channel_probability=0.5),
            brightness=RandomBrightness(factors=(0.75, 1.25), probability=0.15),
            contrast=RandomContrast(factors=(0.75, 1.25), probability=0.15),
            low_resolution=RandomLowResolution(shares=(0.5, 1.0), probability=0.25, channel_probability=0.5),
            gamma=RandomGamma(powers=(0.7, 1.5), probability=0.3, inverted=0.1),
        )


def largest_angle(size: tuple[int, ...]) -> float:
    """nnU-Net's largest angle for a patch of `size`, in degrees; 0 for one axis.

    >>> [largest_angle(size) for size in ((64, 64, 64), (16, 160, 160), (256, 256), (128, 256))]
    [30, 180, 180, 15]
    """
    if len(size) == 1:
        return 0
    if len(size) == 2:
        return 15 if max(size) > OBLONG * min(size) else 180
    return 30 if len(plane_of(size)) == len(size) else 180
