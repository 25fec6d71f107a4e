"""Augmentation with each transform said."""

from __future__ import annotations

from typing import Literal

import numpy as np

from unetgen.data.augmentation.augmentation import Augmentation, plane_of
from unetgen.data.augmentation.intensity import (
    BlurField,
    BrightnessField,
    ContrastField,
    GammaField,
    LowResolutionField,
    NoiseField,
)
from unetgen.data.augmentation.spatial import ElasticField, FlipField, RotateField, ScaleField
from unetgen.data.augmentation.warp import Warp
from unetgen.data.blocks import Floats
from unetgen.errors import Problem, Wrong
from unetgen.parts.values import counted


class CustomAugmentation(Augmentation):
    """The transforms that are said, and no others. All that move things are one resampling of the image.

    They are applied in this order: elastic, rotate, scale and flip at once, then noise, blur, brightness,
    contrast, low_resolution, gamma.
    """

    kind: Literal["custom"] = "custom"
    flip: FlipField = None
    """Mirrors the patch along these axes, each in half of the patches."""
    rotate: RotateField = None
    """Rotates by up to this many degrees either way."""
    scale: ScaleField = None
    """Makes things larger or smaller by a factor between these two."""
    elastic: ElasticField = None
    """Bends by displacements of this standard deviation, in voxels."""
    brightness: BrightnessField = None
    """Multiplies intensities by a factor between these two."""
    contrast: ContrastField = None
    """Multiplies distances from the mean by a factor between these two."""
    gamma: GammaField = None
    """Raises intensities to a power between these two."""
    noise: NoiseField = None
    """Adds Gaussian noise of a standard deviation between these two."""
    blur: BlurField = None
    """Blurs with a Gaussian of a standard deviation between these two, in voxels."""
    low_resolution: LowResolutionField = None
    """Simulates a coarser image that has a share of the voxels of each axis between these two."""

    def for_patch(self, size: tuple[int, ...]) -> CustomAugmentation:
        if not any(getattr(self, name) for name in type(self).model_fields if name != "kind"):
            raise Wrong.of(
                "names no transform", hint="add one, such as `flip: [0]`, or write `augment: none`"
            )
        problems = []
        dims = len(size)
        beyond = [axis for axis in self.flip.axes if axis >= dims] if self.flip else []
        if beyond:
            hint = f"axes count from 0 to {dims - 1}"
            message = f"names an axis that a patch of {counted(dims, 'axis', 'axes')} does not have"
            problems.append(Problem(message, ("flip",), got=beyond[0], hint=hint))
        if self.rotate and dims < 2:
            problems.append(
                Problem("needs two axes, and the patch has one", ("rotate",), hint="leave it out")
            )
        if problems:
            raise Wrong(problems)
        return self

    def warp(self, size: tuple[int, ...], rng: np.random.Generator) -> Warp:
        """Where a patch of `size` takes its values from: all spatial transforms, drawn and composed."""
        dims, plane = len(size), plane_of(size)
        field = self.elastic.field(size, plane, rng) if self.elastic else None
        matrix = np.eye(dims)
        if self.rotate:
            matrix = matrix @ self.rotate.matrix(plane, dims, rng)
        if self.scale:
            matrix = matrix @ self.scale.matrix(plane, dims, rng)
        flips = self.flip.matrix(dims, rng) if self.flip else np.eye(dims)
        return Warp(matrix, flips, field)

    def shade(self, values: Floats, rng: np.random.Generator) -> Floats:
        """The patch ``(*spatial, channels)`` with all changes of intensity drawn and made.

        `values` themselves, not a copy, where nothing changes.
        """
        plane = plane_of(values.shape[:-1])
        changes = (self.noise, self.blur, self.brightness, self.contrast, self.low_resolution, self.gamma)
        for change in changes:
            if change is not None:
                values = change.apply(values, plane, rng)
        return values
