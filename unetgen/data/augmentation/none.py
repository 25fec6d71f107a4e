"""No augmentation."""

from __future__ import annotations

from typing import Literal

from unetgen.data.augmentation.augmentation import Augmentation
from unetgen.data.augmentation.custom import CustomAugmentation


class NoAugmentation(Augmentation):
    """Patches as they are cut."""

    kind: Literal["none"] = "none"

    def for_patch(self, size: tuple[int, ...]) -> CustomAugmentation:
        return CustomAugmentation()
