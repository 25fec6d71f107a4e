"""How far the surfaces of two regions are apart, in the units of the spacing.

A surface is what one erosion by the neighbours along the axes takes away; a region that touches the border
of the image ends there. The two measures are those of Taha and Hanbury 2015 (BMC Medical Imaging 15:29), with
the percentile taken in each direction, as MONAI does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

import numpy as np
from numpy.typing import NDArray

Region = NDArray[np.bool_]
PERCENTILE = 95.0


@dataclass(frozen=True)
class SurfaceDistances:
    """Both are nan where one of the regions is empty: nothing lies at any distance from nothing."""

    average: float
    """The mean over the positions of both surfaces of the distance to the other one."""
    hausdorff95: float
    """The 95th percentile of that distance from one surface to the other; the larger of both directions."""


def surface_distances(one: Region, other: Region, spacing: Sequence[float]) -> SurfaceDistances:
    """The distances between the surfaces of two regions of one shape.

    >>> one, other = np.zeros((9, 9), bool), np.zeros((9, 9), bool)
    >>> one[2:5, 2:5], other[2:5, 4:7] = True, True
    >>> surface_distances(one, other, (1.0, 0.5))
    SurfaceDistances(average=0.5, hausdorff95=1.0)
    """
    box = _box(one | other)
    one, other = one[box], other[box]
    if not one.any() or not other.any():
        return SurfaceDistances(np.nan, np.nan)
    edges = [_edges(region) for region in (one, other)]
    there = _distances(edges[0], edges[1], spacing)
    back = _distances(edges[1], edges[0], spacing)
    average = (there.sum() + back.sum()) / (there.size + back.size)
    percentiles = [np.percentile(each, PERCENTILE) for each in (there, back)]
    return SurfaceDistances(float(average), float(max(percentiles)))


def _box(region: Region) -> tuple[slice, ...]:
    """The smallest box that holds all of `region`: what lies outside of it needs no work."""
    axes = range(region.ndim)
    held = [np.flatnonzero(region.any(tuple(other for other in axes if other != axis))) for axis in axes]
    return tuple(slice(int(each[0]), int(each[-1]) + 1) if each.size else slice(0, 0) for each in held)


def _edges(region: Region) -> Region:
    eroded: Region = import_module("scipy.ndimage").binary_erosion(region)
    return region & ~eroded


def _distances(here: Region, other: Region, spacing: Sequence[float]) -> NDArray[np.float64]:
    """Of each position of `here` from the nearest one of `other`."""
    distances: NDArray[np.float64] = import_module("scipy.ndimage").distance_transform_edt(~other, spacing)
    return distances[here]
