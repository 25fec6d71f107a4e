"""Writing TIFF: values, the names of their axes and their spacing, as OME has them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from unetgen.errors import UnetgenError
from unetgen.images.formats.base import Saver, without_halves
from unetgen.images.image import Image

TYPES = {np.dtype(kind) for kind in ("u1", "u2", "u4", "i1", "i2", "i4", "f4", "f8")}
LARGE = 2**31
"""Bytes from which a file counts in 64 bits."""


def saver_of(path: Path, image: Image, unit: str) -> Saver:
    """What writes `image`, deflated, with its spacing in `unit`; where it is turned, TIFF cannot say."""
    values = without_halves(image.values)
    if image.dims not in (2, 3):
        raise UnetgenError(f"{path}: a TIFF has 2 or 3 axes, not {image.dims}; write .npz or .nii.gz")
    if values.dtype not in TYPES:
        raise UnetgenError(f"{path}: TIFF holds no values of type {values.dtype}; write .npz or .nii.gz")
    axes = "ZYX"[-image.dims :]
    is_colour = values.dtype == np.uint8 and image.channels in (3, 4)
    if image.channels == 1:
        values = values[..., 0]
    elif is_colour:
        axes += "S"
    else:
        values, axes = np.moveaxis(values, -1, 0), f"C{axes}"
    said = {} if image.affine is None else _sizes(image, unit)

    def save(place: Path) -> None:
        import tifffile

        tifffile.imwrite(
            place,
            np.ascontiguousarray(values),
            ome=True,
            bigtiff=values.nbytes > LARGE,
            photometric="rgb" if is_colour else "minisblack",
            compression="zlib",
            metadata={"axes": axes, **said},
        )

    return save


def _sizes(image: Image, unit: str) -> dict[str, object]:
    named = dict(zip("ZYX"[-image.dims :], image.spacing, strict=True))
    return {f"PhysicalSize{axis}": size for axis, size in named.items()} | {
        f"PhysicalSize{axis}Unit": unit for axis in named
    }
