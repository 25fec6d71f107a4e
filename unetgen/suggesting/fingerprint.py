"""What the rules take of a data set: the spacing that its images are brought to, and their size there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from unetgen.images.resampling import size_at
from unetgen.suggesting.topology import Axes

ANISOTROPIC = 3
"""Above so many times the spacing of the others, and with so many times fewer positions, slices are thick."""
LOW = 10
"""The percentile of its spacings that such an axis is brought to: slices are then rarely invented."""


@dataclass(frozen=True)
class Fingerprint:
    """A data set as the rules see it; axes in the order of the network's input."""

    spacing: tuple[float, ...]
    """1 along each axis where the files say nothing of it."""
    size: tuple[float, ...]
    """The median size at that spacing, in positions."""
    cases: int
    channels: int
    classes: int
    positions: float
    """Of all images together, if each had the median size."""

    @classmethod
    def of(
        cls,
        sizes: Sequence[Axes],
        spacings: Sequence[Sequence[float]],
        target: Sequence[float],
        channels: int,
        classes: int,
    ) -> Fingerprint:
        """That of images of these sizes and spacings, brought to the spacing `target`."""
        rows = [size_at(size, spacing, target) for size, spacing in zip(sizes, spacings, strict=True)]
        median = tuple(map(float, np.median(rows, 0)))
        return cls(tuple(target), median, len(rows), channels, classes, math.prod(median) * len(rows))

    @property
    def dims(self) -> int:
        """Axes of an image."""
        return len(self.size)

    def sliced(self, axis: int) -> Fingerprint:
        """The slices along `axis`."""
        kept = [each for each in range(self.dims) if each != axis]
        spacing, size = (tuple(row[each] for each in kept) for row in (self.spacing, self.size))
        return replace(self, spacing=spacing, size=size)


def target_spacing(sizes: Sequence[Axes], spacings: Sequence[Sequence[float]]) -> tuple[float, ...]:
    """The spacing that nnU-Net brings images to: the median, and across thick slices a lower one.

    >>> target_spacing([(256, 256, 10)] * 2, [(1.5, 1.5, 10), (1.5, 1.5, 5)])
    (1.5, 1.5, 5.5)
    """
    target = np.median(spacings, 0)
    if len(target) < 3:
        return tuple(map(float, target))
    size = np.median(sizes, 0)
    coarse = int(np.argmax(target))
    others = [axis for axis in range(len(target)) if axis != coarse]
    has_thick_slices = target[coarse] > ANISOTROPIC * max(target[others])
    has_few_slices = size[coarse] * ANISOTROPIC < min(size[others])
    if has_thick_slices and has_few_slices:
        low = np.percentile(np.array(spacings)[:, coarse], LOW)
        target[coarse] = max(low, max(target[others]))
    return tuple(map(float, target))
