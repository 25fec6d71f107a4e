"""Augmentation: the base of what `data.augment` names."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from unetgen.parts.part import Part

if TYPE_CHECKING:
    from unetgen.data.augmentation.custom import CustomAugmentation

ANISOTROPIC = 3
"""A patch is anisotropic where a side is more than this many times as long as another, as in nnU-Net."""


class Augmentation(Part):
    """Random changes of the training set's patches. Validation and prediction never see any."""

    @abstractmethod
    def for_patch(self, size: tuple[int, ...]) -> CustomAugmentation:
        """All transforms for patches of `size`, said one by one.

        Raises `Wrong` where they do not fit patches of so many axes.
        """


def plane_of(size: tuple[int, ...]) -> tuple[int, ...]:
    """The axes among which a patch is rotated, scaled and bent.

    All of them; but in an anisotropic volume not the shortest, as nnU-Net has it: with thick slices a
    rotation out of the plane would mix what lies centimetres apart.

    >>> plane_of((64, 64, 64)), plane_of((16, 160, 160)), plane_of((16, 160))
    ((0, 1, 2), (1, 2), (0, 1))
    """
    axes = tuple(range(len(size)))
    if len(size) < 3 or max(size) <= ANISOTROPIC * min(size):
        return axes
    shortest = size.index(min(size))
    return tuple(axis for axis in axes if axis != shortest)
