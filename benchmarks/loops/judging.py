"""The same judge for every loop, in NumPy alone: whole images by tiles, and their Dice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from statistics import mean

import numpy as np

from benchmarks.loops.pictures import Whole

Array = np.ndarray
Scores = Callable[[Array], Array]
"""From a batch ``(batch, *size, channels)`` to its scores ``(batch, *size, classes)``."""


def dice(scores: Scores, images: Sequence[Whole], size: Sequence[int]) -> float:
    """The mean over the classes but the first of the mean over the images that have one in either."""
    predicted = [tiled(scores, image.values, size).argmax(-1) for image in images]
    classes = range(1, 1 + max(int(image.labels.max()) for image in images))
    pairs = list(zip(predicted, images, strict=True))
    return mean(mean(_overlaps([(ours == c, image.labels == c) for ours, image in pairs])) for c in classes)


def _overlaps(masks: Sequence[tuple[Array, Array]]) -> list[float]:
    counts = [(int((ours & theirs).sum()), int(ours.sum() + theirs.sum())) for ours, theirs in masks]
    return [2 * both / total for both, total in counts if total]


def tiled(scores: Scores, image: Array, size: Sequence[int]) -> Array:
    """The mean of the scores of all tiles at each position; half of a tile overlaps with the next one."""
    total, times = np.zeros(()), np.zeros((*image.shape[:-1], 1))
    for start in product(*map(_starts, image.shape, size)):
        at = tuple(slice(first, first + length) for first, length in zip(start, size, strict=True))
        found = scores(image[at][None])[0]
        if not total.ndim:
            total = np.zeros((*image.shape[:-1], found.shape[-1]))
        total[at] += found
        times[at] += 1
    return total / times


def _starts(length: int, tile: int) -> list[int]:
    return [*range(0, length - tile, tile // 2), length - tile]
