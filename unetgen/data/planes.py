"""Slices of volumes, for networks of two axes."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from unetgen.data.blocks import Array


def plane_at(values: Array, axis: int, index: int) -> Array:
    """One slice of a volume: a view without that axis, which reads nothing of a mapped file.

    >>> volume = np.arange(24).reshape(2, 3, 4)
    >>> plane_at(volume, axis=1, index=2).tolist()
    [[8, 9, 10, 11], [20, 21, 22, 23]]
    """
    before: tuple[slice | int, ...] = (slice(None),) * axis
    return values[(*before, index)]


def stacked(slices: Iterable[Array], axis: int) -> Array:
    """The volume of which these are all slices, in their order.

    >>> volume = np.arange(24).reshape(2, 3, 4)
    >>> bool((stacked([plane_at(volume, 1, index) for index in range(3)], axis=1) == volume).all())
    True
    """
    return np.stack(list(slices), axis)
