"""Light augmentation."""

from __future__ import annotations

from typing import Literal

from unetgen.data.augmentation.augmentation import Augmentation
from unetgen.data.augmentation.custom import CustomAugmentation
from unetgen.data.augmentation.intensity import RandomBrightness, RandomContrast
from unetgen.data.augmentation.spatial import RandomFlip, RandomRotation, RandomScale


class LightAugmentation(Augmentation):
    """Flips along all axes, rotations of up to 15 degrees and scales from 0.9 to 1.1 in every second patch,
    and a little brightness and contrast."""

    kind: Literal["light"] = "light"

    def for_patch(self, size: tuple[int, ...]) -> CustomAugmentation:
        return CustomAugmentation(
            flip=RandomFlip(axes=tuple(range(len(size)))),
            rotate=RandomRotation(degrees=15, probability=0.5) if len(size) > 1 else None,
            scale=RandomScale(factors=(0.9, 1.1), probability=0.5),
            brightness=RandomBrightness(factors=(0.9, 1.1), probability=0.5),
            contrast=RandomContrast(factors=(0.9, 1.1), probability=0.5),
        )
