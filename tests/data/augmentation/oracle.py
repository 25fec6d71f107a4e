"""A patch by a plain loop over its positions, from the definition of a warp."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

from unetgen.data.augmentation.warp import Warp

Array = NDArray[np.float64]


def cut_by_loop(values: Array, warp: Warp, middle: Array, size: tuple[int, ...], nearest: bool) -> Array:
    """The patch of `values`; -1 where a position lies beyond the first or the last voxel."""
    half = (np.array(size) - 1) / 2
    patch = np.empty(size)
    for position in product(*map(range, size)):
        moved = warp.flips @ (np.array(position) - half)
        if warp.field is not None:
            moved = moved + np.array([part[position] for part in warp.field])
        place = middle + warp.matrix @ moved
        patch[position] = _at(values, place, nearest)
    return patch


def _at(values: Array, place: Array, nearest: bool) -> float:
    if (place < 0).any() or (place > np.array(values.shape) - 1).any():
        return -1.0
    if nearest:
        return float(values[tuple(np.floor(place + 0.5).astype(int))])
    below = np.minimum(np.floor(place).astype(int), np.maximum(np.array(values.shape) - 2, 0))
    total = 0.0
    for corner in product((0, 1), repeat=len(place)):
        at = np.minimum(below + corner, np.array(values.shape) - 1)
        share = np.where(np.array(corner) == 1, place - below, 1 - (place - below))
        total += float(share.prod()) * float(values[tuple(at)])
    return total
