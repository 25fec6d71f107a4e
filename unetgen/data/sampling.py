"""Patches of training images: drawn, placed, augmented."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from unetgen.data.augmentation.custom import CustomAugmentation
from unetgen.data.augmentation.warp import LINEAR, NEAREST, Cutter, Matrix
from unetgen.data.blocks import Array, Floats
from unetgen.data.planes import plane_at
from unetgen.data.positions import ClassPositions
from unetgen.errors import UnetgenError

BACKGROUND = 0


@dataclass(frozen=True, eq=False)
class TrainingImage:
    """An image that patches are cut out of. Of arrays that are mapped from files, only that part is read."""

    name: str
    values: Array
    """``(*spatial, channels)`` float32, as prepared for the network."""
    labels: Array
    """``(*spatial)`` int32: classes by number."""
    positions: ClassPositions


@dataclass(frozen=True, eq=False)
class Patch:
    """What a network is trained on."""

    values: Floats
    """``(*size, channels)``."""
    labels: Array
    """``(*size)`` int32."""
    name: str
    """The image that it is of."""
    place: tuple[int, ...] | None
    """The position of a class that it was placed on, in the image; None where it lies anywhere."""


@dataclass(frozen=True, eq=False)
class PatchSampler:
    """Draws patches. Each image is as likely as the others, whatever its size.

    Where an image ends, values are 0 and labels those that are ignored.
    """

    images: Sequence[TrainingImage]
    size: tuple[int, ...]
    """The size of a patch, on each axis of the network."""
    foreground: float
    """The share of patches that are placed on a position of a class."""
    transforms: CustomAugmentation
    """What `for_patch` of the augmentation gave for this size."""
    ignored: int | None = None
    """The label of what lies outside an image; None: the background's, where the loss ignores none."""
    slices: int | None = None
    """The axis along which patches are cut out of slices of volumes."""

    def __post_init__(self) -> None:
        if not self.images:
            raise UnetgenError("data: there are no images to train on")
        axes = len(self.size) + (self.slices is not None)
        for image in self.images:
            if image.labels.ndim != axes or image.values.shape[:-1] != image.labels.shape:
                raise UnetgenError(
                    f"{image.name}: an image of {_sizes(image.values.shape[:-1])} and a mask of "
                    f"{_sizes(image.labels.shape)} give no patches of {_sizes(self.size)}"
                )
        if self.foreground > 0 and not self._with_classes:
            raise UnetgenError(
                "patch.foreground: no mask of the training images has a class besides the background; "
                "check `labels`, or write `foreground: 0`"
            )

    @cached_property
    def _with_classes(self) -> tuple[TrainingImage, ...]:
        return tuple(image for image in self.images if image.positions.indices)

    def patch(self, number: int, seed: int) -> Patch:
        """The patch of a number, from 0: the same for the same seed, whatever was drawn before.

        Of any n patches in a row, `foreground` times n are placed on a class, to within one.
        """
        count = math.floor((number + 1) * self.foreground) - math.floor(number * self.foreground)
        return self.draw(np.random.default_rng([seed, number]), on_class=count > 0)

    def draw(self, rng: np.random.Generator, on_class: bool | None = None) -> Patch:
        """A patch that `rng` draws; on_class None: it draws that too, with the share of `foreground`."""
        if on_class is None:
            on_class = bool(rng.random() < self.foreground)
        images = self._with_classes if on_class else self.images
        image = images[int(rng.integers(len(images)))]
        place = image.positions.draw(rng) if on_class else None
        values, labels, seen = image.values, image.labels, place
        if self.slices is not None:
            axis = self.slices
            index = int(rng.integers(labels.shape[axis])) if place is None else place[axis]
            values, labels = plane_at(values, axis, index), plane_at(labels, axis, index)
            seen = None if place is None else (*place[:axis], *place[axis + 1 :])
        middle = self._middle(labels.shape, seen, rng)  # before the warp: augmented or not, the same place
        warp = self.transforms.warp(self.size, rng)
        if seen is not None:
            middle = warp.middle_showing(np.array(seen, np.float64), middle, self.size)
        cutter = Cutter(warp, self.size, middle)
        channels = [cutter.cut(values[..., each], LINEAR, 0.0) for each in range(values.shape[-1])]
        shaded = self.transforms.shade(np.stack(channels, axis=-1).astype(np.float32, copy=False), rng)
        outside = BACKGROUND if self.ignored is None else self.ignored
        cut_labels = np.ascontiguousarray(cutter.cut(labels, NEAREST, outside), np.int32)
        return Patch(shaded, cut_labels, image.name, place)

    def _middle(
        self, spatial: tuple[int, ...], place: tuple[int, ...] | None, rng: np.random.Generator
    ) -> Matrix:
        """The patch's middle in the image: the patch lies within, or around a smaller image."""
        starts = []
        for axis, (length, size) in enumerate(zip(spatial, self.size, strict=True)):
            spare = length - size
            if spare <= 0:
                starts.append(-(-spare // 2))
            elif place is None:
                starts.append(int(rng.integers(spare, endpoint=True)))
            else:
                starts.append(min(max(place[axis] - size // 2, 0), spare))
        return np.array(starts) + (np.array(self.size) - 1) / 2


def _sizes(spatial: tuple[int, ...]) -> str:
    return " x ".join(map(str, spatial))
