"""All spatial transforms of a patch as one, and the one resampling that they take."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from unetgen.data.blocks import Array

Matrix = NDArray[np.float64]
LINEAR, NEAREST = 1, 0
"""Orders of interpolation: of intensities, and of labels, which are never mixed."""
Box = tuple[slice, ...]


@dataclass(frozen=True, eq=False)
class Warp:
    """A map from the positions of a patch to those of an image.

    The value at position x of a patch of `size` is taken at ``middle + matrix (flips (x - half) +
    field(x))``, where `half` is ``(size - 1) / 2`` and `middle` is what the patch's middle shows.
    """

    matrix: Matrix
    """``(dims, dims)``: rotation and scale."""
    flips: Matrix
    """``(dims, dims)``: 1 or -1 on the diagonal."""
    field: NDArray[np.float32] | None = None
    """``(dims, *size)``: displacements in voxels."""

    @property
    def moves_whole_voxels(self) -> bool:
        """Whether it crops and flips and nothing else."""
        return self.field is None and bool((self.matrix == np.eye(len(self.matrix))).all())

    def middle_showing(self, place: Matrix, middle: Matrix, size: tuple[int, ...]) -> Matrix:
        """The middle moved as little as it takes for the patch to show `place`; a field is left out."""
        affine = self.matrix @ self.flips
        seen = np.linalg.solve(affine, place - middle)
        half = (np.array(size) - 1) / 2
        moved: Matrix = middle + affine @ (seen - seen.clip(-half, half))
        return moved


@dataclass(frozen=True, eq=False)
class Cutter:
    """Cuts one patch out of any array that lies on one image's grid."""

    warp: Warp
    size: tuple[int, ...]
    middle: Matrix
    """``(dims,)``: the place in the image that the patch's middle shows, in voxels."""

    def cut(self, values: Array, order: int, outside: float) -> Array:
        """The patch ``(*size)`` of `values` ``(*spatial)``, in their type; `outside` where the image ends.

        order: `LINEAR` for intensities, `NEAREST` for labels.
        """
        if self.warp.moves_whole_voxels:
            return self._cropped(values, outside)
        return self._resampled(values, order, outside)

    @property
    def _half(self) -> Matrix:
        return (np.array(self.size) - 1) / 2

    def _cropped(self, values: Array, outside: float) -> Array:
        starts = np.rint(self.middle - self._half).astype(int).tolist()
        patch = np.full(self.size, outside, values.dtype)
        inside, source = [], []
        for start, length, spatial in zip(starts, self.size, values.shape, strict=True):
            low = min(max(start, 0), spatial)
            high = max(min(start + length, spatial), low)
            source.append(slice(low, high))
            inside.append(slice(low - start, high - start) if high > low else slice(0, 0))
        patch[tuple(inside)] = values[tuple(source)]
        signs = np.diag(self.warp.flips).astype(int).tolist()
        return patch[tuple(slice(None, None, sign) for sign in signs)]

    def _resampled(self, values: Array, order: int, outside: float) -> Array:
        from scipy.ndimage import affine_transform, map_coordinates

        box = self._box(values.shape)
        source = np.asarray(values[box])
        if not source.size:
            return np.full(self.size, outside, values.dtype)
        corner = np.array([side.start for side in box], np.float64)
        how = {"order": order, "mode": "constant", "cval": outside, "prefilter": False}
        places = self._places
        if places is None:
            offset = self.middle - self._affine @ self._half - corner
            return np.asarray(affine_transform(source, self._affine, offset, self.size, **how))
        shift = corner.reshape(-1, *[1] * len(self.size))
        return np.asarray(map_coordinates(source, places - shift, **how))

    @property
    def _affine(self) -> Matrix:
        return self.warp.matrix @ self.warp.flips

    @cached_property
    def _places(self) -> Matrix | None:
        """``(dims, *size)``: where each position lies in the image; None without a field."""
        if self.warp.field is None:
            return None
        places: Matrix = np.tensordot(self.warp.matrix, self.warp.field, 1)
        for axis, length in enumerate(self.size):
            along = self._affine[:, axis, None] * (np.arange(length) - self._half[axis])
            shape = [len(self.size), *[1] * len(self.size)]
            shape[axis + 1] = length
            places += along.reshape(shape)
        return places + self.middle.reshape(-1, *[1] * len(self.size))

    def _box(self, spatial: tuple[int, ...]) -> Box:
        """The part of the image that the patch needs, so that no more of a large file is read."""
        if self._places is None:
            reach = np.abs(self._affine) @ self._half
            lowest, highest = self.middle - reach, self.middle + reach
        else:
            axes = tuple(range(1, self._places.ndim))
            lowest, highest = self._places.min(axes), self._places.max(axes)
        starts = np.clip(np.floor(lowest).astype(int) - 1, 0, spatial)
        ends = np.clip(np.ceil(highest).astype(int) + 2, starts, spatial)
        return tuple(slice(int(start), int(end)) for start, end in zip(starts, ends, strict=True))
