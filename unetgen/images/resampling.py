"""Other sizes of an image: its corners stay where they are, values are interpolated by splines.

A value stands for a cell of the grid; its position is the middle of that cell. So index i of the new grid
lies at ``(i + 0.5) * old / new - 0.5`` of the old one, as in scikit-image's `resize`, which nnU-Net uses;
outside, the nearest value counts. Labels are never interpolated as numbers: each class is, and the largest
share wins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from unetgen.errors import UnetgenError
from unetgen.images.image import Affine, Image, Values

ORDERS = (0, 1, 3)
LINEAR = 1
MARGIN = 12
"""Copies of a border value beyond it: the coefficients of a spline of order 3 no longer feel what is further
away (0.27 to this power)."""
Weights = Any
"""A sparse matrix of SciPy."""


def size_at(spatial: Sequence[int], spacing: Sequence[float], wanted: Sequence[float]) -> tuple[int, ...]:
    """The size whose spacing is nearest to `wanted`, at least 1 on each axis.

    >>> size_at((100, 100, 30), (1.0, 1.0, 3.0), (1.5, 1.0, 1.0))
    (67, 100, 90)
    """
    sizes = zip(spatial, spacing, wanted, strict=True)
    return tuple(max(1, round(count * old / new)) for count, old, new in sizes)


def resampled(values: Values, size: Sequence[int], order: int = 3) -> Values:
    """Values ``(*spatial, channels)`` at another `size`, by splines of `order` 0, 1 or 3, as 32-bit numbers.

    They stay between the smallest and the largest value of their channel.
    """
    spatial = values.shape[:-1]
    _require_size(spatial, size)
    if order not in ORDERS:
        raise UnetgenError(f"no spline of order {order}; use 0, 1 or 3")
    result = np.empty((*size, values.shape[-1]), np.float32)
    for channel in range(values.shape[-1]):
        old = np.asarray(values[..., channel], np.float32)
        new = old
        for before, after in zip(spatial, size, strict=True):
            new = _first_axis_last(new, before, after, order)
        result[..., channel] = np.clip(new, old.min(), old.max()) if order > LINEAR else new
    return result


def resampled_labels(values: Values, size: Sequence[int]) -> Values:
    """Labels ``(*spatial, 1)`` at another `size`, in their own type.

    Each class is interpolated linearly as zeros and ones; where two have the same share, the smaller label
    wins.
    """
    from scipy import ndimage

    spatial = values.shape[:-1]
    _require_size(spatial, size)
    present, numbers = np.unique(values[..., 0], return_inverse=True)
    numbers = numbers.reshape(spatial).astype(np.min_scalar_type(len(present)))
    best = np.zeros(size, np.float32)
    winners = np.zeros(size, numbers.dtype)
    weights = [_weights(old, new, LINEAR) for old, new in zip(spatial, size, strict=True)]
    for number, box in enumerate(ndimage.find_objects(numbers + 1)):
        share = (numbers[box] == number).astype(np.float32)
        region = []
        for matrix, part in zip(weights, box, strict=True):  # beyond its box, a class has no share
            inside = matrix[:, part]
            rows = np.flatnonzero(inside.getnnz(axis=1))
            region.append(slice(rows[0], rows[-1] + 1) if rows.size else slice(0))
            share = _applied(inside[region[-1]], share)
        place = tuple(region)
        is_larger = share > best[place]
        best[place][is_larger] = share[is_larger]
        winners[place][is_larger] = number
    return present[winners][..., None]


def resampled_image(image: Image, size: Sequence[int], order: int = 3) -> Image:
    """The image at another `size`, and the affine that says where it lies."""
    values = resampled(image.values, size, order)
    affine = None if image.affine is None else affine_at(image.affine, image.spatial, size)
    return replace(image, values=values, affine=affine)


def affine_at(affine: Affine, spatial: Sequence[int], size: Sequence[int]) -> Affine:
    """Where an image lies that has another `size` instead of `spatial`.

    >>> affine_at(np.diag([2.0, 1.0]), (10,), (5,)).tolist()  # the first value is the mean of two
    [[4.0, 1.0], [0.0, 1.0]]
    """
    steps = np.asarray(spatial, float) / np.asarray(size, float)
    to_old = np.diag([*steps, 1.0])
    to_old[:-1, -1] = (steps - 1) / 2
    return np.asarray(affine @ to_old, np.float64)


def _first_axis_last(values: Values, old: int, new: int, order: int) -> Values:
    """Values whose first axis has another size, and stands last: done for each axis, the order is as it was.

    Splines of several axes are products of those of one, so that this is `scipy.ndimage.zoom`, faster.
    """
    from scipy import ndimage

    if old == new:
        return np.moveaxis(values, 0, -1)
    if order > LINEAR:
        margins = [(MARGIN, MARGIN)] + [(0, 0)] * (values.ndim - 1)
        padded = np.pad(values, margins, mode="edge")
        values = ndimage.spline_filter1d(padded, order, axis=0, output=np.float32, mode="mirror")
    return _applied(_weights(old, new, order), values)


def _applied(weights: Weights, values: Values) -> Values:
    """The first axis of `values` in the new grid, as the last one."""
    flat = np.ascontiguousarray(values).reshape(len(values), -1)
    return np.moveaxis((weights @ flat).reshape(weights.shape[0], *values.shape[1:]), 0, -1)


def _weights(old: int, new: int, order: int) -> Weights:
    """What each index of the old grid, or each coefficient of its spline, adds to one of the new: a sparse
    matrix ``(new, old)``, for a spline of order 3 with the margins beside it."""
    from scipy import sparse

    at = (np.arange(new) + 0.5) * old / new - 0.5
    first = np.floor(at + 0.5 if order == 0 else at).astype(int)
    t = at - first
    shares = {
        0: [np.ones(new)],
        1: [1 - t, t],
        3: [(1 - t) ** 3 / 6, 2 / 3 - t**2 + t**3 / 2, 2 / 3 - (1 - t) ** 2 + (1 - t) ** 3 / 2, t**3 / 6],
    }[order]  # of B-splines: Unser, Splines: a perfect fit for signal and image processing, 1999
    margin = MARGIN if order > LINEAR else 0
    start = first - (order > LINEAR) + margin
    columns = np.clip([start + step for step in range(len(shares))], 0, old + 2 * margin - 1)
    rows = np.tile(np.arange(new), (len(shares), 1))
    entries = (np.ravel(shares), (rows.ravel(), columns.ravel()))
    matrix = sparse.coo_matrix(entries, shape=(new, old + 2 * margin)).tocsr().astype(np.float32)
    matrix.eliminate_zeros()
    return matrix


def _require_size(spatial: Sequence[int], size: Sequence[int]) -> None:
    if len(size) != len(spatial) or min(size) < 1:
        raise UnetgenError(f"the size {tuple(size)} does not fit an image of size {tuple(spatial)}")
