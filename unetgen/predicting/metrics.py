"""How good a prediction of a class is: overlap and surface distances, also where the class is absent.

A measure is nan, "not defined", where its formula says nothing: all of them where a class is neither in the
mask nor in the prediction, precision where nothing is predicted, recall where nothing is in the mask, and
surface distances where one of the two is empty. Dice and IoU are 0 where one of the two is empty. Means are
taken over what is defined, and say of how many cases; a class that was missed altogether thus shows in Dice,
IoU and recall, and not in the distances. nnU-Net and MONAI do the same (`ignore_empty`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from unetgen.errors import UnetgenError
from unetgen.images.image import Values
from unetgen.predicting.surfaces import Region, SurfaceDistances, surface_distances

UNKNOWN = SurfaceDistances(math.nan, math.nan)


@dataclass(frozen=True)
class Quality:
    """One class in one case. Counts are of positions, those of the ignored label left out."""

    true: int
    """Of the class in the mask."""
    predicted: int
    both: int
    """Predicted rightly."""
    surfaces: SurfaceDistances = UNKNOWN

    @property
    def dice(self) -> float:
        """``2 both / (true + predicted)``."""
        return _share(2 * self.both, self.true + self.predicted)

    @property
    def iou(self) -> float:
        """Intersection over union, the Jaccard index."""
        return _share(self.both, self.true + self.predicted - self.both)

    @property
    def precision(self) -> float:
        """The share of what is predicted that is right."""
        return _share(self.both, self.predicted)

    @property
    def recall(self) -> float:
        """The share of what is there that is predicted, also called sensitivity."""
        return _share(self.both, self.true)

    @property
    def values(self) -> Mapping[str, float]:
        """Each measure of `MEASURES` under its name."""
        return {
            "dice": self.dice,
            "iou": self.iou,
            "precision": self.precision,
            "recall": self.recall,
            "surface_distance": self.surfaces.average,
            "hausdorff95": self.surfaces.hausdorff95,
        }


MEASURES: Mapping[str, str] = {
    "dice": "2 both / (true + predicted)",
    "iou": "both / (true + predicted - both)",
    "precision": "both / predicted",
    "recall": "both / true",
    "surface_distance": "average symmetric surface distance, in the units of the spacing",
    "hausdorff95": "95 % Hausdorff distance, in the units of the spacing",
}
"""What each of them is, in words."""


def qualities(
    predicted: Values,
    truth: Values,
    classes: Sequence[int],
    spacing: Sequence[float] | None = None,
    ignore: int | None = None,
) -> dict[int, Quality]:
    """The quality of each of `classes` in one case.

    Args:
        predicted, truth: class numbers ``(*spatial)``.
        classes: the numbers to look at.
        spacing: the distance of neighbours on each axis, in which surface distances are told; without it they
            are not worked out.
        ignore: a number in `truth` whose positions do not count, in whatever measure; for surfaces they
            belong to neither region.

    Raises `UnetgenError` where the shapes differ.

    >>> import numpy as np
    >>> truth = np.array([0, 1, 1, 9])
    >>> qualities(np.array([1, 1, 0, 1]), truth, [1, 2], ignore=9)[1].dice
    0.5
    """
    if predicted.shape != truth.shape:
        raise UnetgenError(f"the prediction has the shape {predicted.shape}, and the mask {truth.shape}")
    counts = None if ignore is None else truth != ignore
    return {number: _quality(predicted == number, truth == number, counts, spacing) for number in classes}


def _quality(
    predicted: Region,
    true: Region,
    counts: Region | None,
    spacing: Sequence[float] | None,
) -> Quality:
    if counts is not None:
        predicted, true = predicted & counts, true & counts
    surfaces = UNKNOWN if spacing is None else surface_distances(predicted, true, spacing)
    both = true & predicted
    return Quality(int(true.sum()), int(predicted.sum()), int(both.sum()), surfaces)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else math.nan


def mean(values: Sequence[float]) -> tuple[float, int]:
    """The mean of those that are defined, and how many they are.

    >>> mean([0.5, math.nan, 1.0]), mean([math.nan])
    ((0.75, 2), (nan, 0))
    """
    defined = [value for value in values if not math.isnan(value)]
    return (math.fsum(defined) / len(defined) if defined else math.nan), len(defined)
