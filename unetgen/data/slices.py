"""A slice of a volume as an image with one axis less."""

from __future__ import annotations

import numpy as np

from unetgen.data.planes import plane_at
from unetgen.errors import UnetgenError
from unetgen.images.image import Affine, Image


def slice_of(volume: Image, axis: int, index: int) -> Image:
    """The slice at `index` of `axis`; raises `UnetgenError` where there is no such axis.

    >>> volume = Image(np.zeros((3, 4, 5, 1)), np.diag([7.0, 2.0, 1.0, 1.0]))
    >>> slice_of(volume, 0, 2).spatial, slice_of(volume, 0, 2).spacing
    ((4, 5), (2.0, 1.0))
    """
    if not 0 <= axis < volume.dims or volume.dims < 2:
        where = volume.file or "image"
        raise UnetgenError(f"{where}: has no axis {axis} to slice: its axes are 0 to {volume.dims - 1}")
    affine = None if volume.affine is None else _without(volume.affine, axis, volume.spacing)
    return Image(plane_at(volume.values, axis, index), affine, volume.file)


def _without(affine: Affine, axis: int, spacing: tuple[float, ...]) -> Affine:
    """What is left of the world without its axis that the slices lie along.

    Slices that are oblique to the world keep their spacing alone.
    """
    along = int(np.argmax(np.abs(affine[:-1, axis])))
    flat: Affine = np.delete(np.delete(affine, along, 0), axis, 1)
    left = [each for other, each in enumerate(spacing) if other != axis]
    return flat if np.allclose(np.sqrt((flat[:-1, :-1] ** 2).sum(0)), left) else np.diag([*left, 1.0])
