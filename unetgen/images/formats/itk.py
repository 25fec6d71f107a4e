"""NRRD, MHA and MHD, by SimpleITK, an extra: the same values and places as those of a NIfTI.

ITK counts x, y, z in a world that points to the left, to the back and up; here the first two axes are turned,
so that a volume has one affine in whatever file it lies. An MHD names the file of its values, which must lie
beside it; lists of files and NRRD headers that point elsewhere are refused.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from unetgen.errors import UnetgenError
from unetgen.images.formats.base import PLAIN, ImageFormat, Saver, Wanted, extra, without_halves
from unetgen.images.formats.itk_headers import holder_of, require_whole
from unetgen.images.header import Header
from unetgen.images.image import Affine, Image, NumberType
from unetgen.images.limits import require_claim

TYPES = {
    "Int8": "i1", "UInt8": "u1", "Int16": "i2", "UInt16": "u2", "Int32": "i4", "UInt32": "u4",
    "Int64": "i8", "UInt64": "u8", "Float32": "f4", "Float64": "f8",
}  # fmt: skip
"""Pixel types of SimpleITK, which has each for one value and for vectors."""
READERS = {".nrrd": "NrrdImageIO", ".mha": "MetaImageIO", ".mhd": "MetaImageIO"}
Placed = Any
"""An image or a reader of SimpleITK, whose methods have no types."""
ORTHONORMAL = 1e-4


class Itk(ImageFormat):
    """Two or three axes x, y, z; the components of a vector are channels."""

    suffixes = tuple(READERS)
    written = (".nrrd", ".mha")

    def read(self, path: Path, wanted: Wanted = PLAIN) -> Image:
        sitk = simpleitk(path)
        header = self.header(path)
        claimed = math.prod(header.shape) * header.dtype.itemsize
        require_whole(holder_of(path), claimed, path)
        with itk_errors(path):
            return image_of(_reader(sitk, path).Execute(), header, path, sitk)

    def header(self, path: Path, wanted: Wanted = PLAIN) -> Header:
        sitk = simpleitk(path)
        holder = holder_of(path)
        reader = _reader(sitk, path)
        with itk_errors(path):
            reader.ReadImageInformation()
        header = header_of(reader, path, sitk)
        require_claim(path, header.shape, header.dtype, holder.expansion, held=holder.held)
        return header

    def saver(self, path: Path, image: Image, like: Image | None) -> Saver:
        sitk = simpleitk(path)
        values = without_halves(image.values)
        dims = image.dims
        if dims not in (2, 3):
            raise UnetgenError(f"{path}: this format has 2 or 3 axes, not {dims}; write .npz or .nii.gz")
        array = values.transpose(*reversed(range(dims)), dims)
        made = sitk.GetImageFromArray(array if image.channels > 1 else array[..., 0], image.channels > 1)
        if image.affine is not None:
            _place(made, image.affine, path)
        return lambda place: sitk.WriteImage(made, str(place), True)


def simpleitk(path: Path) -> ModuleType:
    """SimpleITK; raises `UnetgenError` that says how it is installed."""
    return extra(path, "SimpleITK", "simpleitk")


def header_of(reader: Placed, path: Path, sitk: ModuleType) -> Header:
    """What a reader of SimpleITK knows before it has read any value."""
    dims = reader.GetDimension()
    if dims not in (2, 3):
        raise UnetgenError(f"{path}: has {dims} axes; save 2 or 3, and further ones as the parts of a vector")
    kind = _type(reader.GetPixelIDValue(), sitk)
    if kind is None:
        name = sitk.GetPixelIDValueAsString(reader.GetPixelIDValue())
        raise UnetgenError(f"{path}: holds values of type {name}; an image has whole or real numbers")
    size = tuple(int(count) for count in reader.GetSize())
    return Header(size, int(reader.GetNumberOfComponents()), kind, affine_of(reader))


def image_of(read: Placed, header: Header, path: Path, sitk: ModuleType) -> Image:
    """What SimpleITK has read, with its axes in the order x, y, z."""
    array = sitk.GetArrayFromImage(read).reshape((*reversed(header.spatial), header.channels))
    values = array.transpose(*reversed(range(header.dims)), header.dims)
    return Image(values, header.affine, path)


def affine_of(place: Placed) -> Affine:
    """Of something that has ITK's spacing, origin and direction: to the right, to the front, up."""
    dims = place.GetDimension()
    affine = np.eye(dims + 1)
    affine[:dims, :dims] = np.asarray(place.GetDirection()).reshape(dims, dims) * place.GetSpacing()
    affine[:dims, dims] = place.GetOrigin()
    affine[: min(dims, 2)] *= -1
    return affine


@contextmanager
def itk_errors(path: Path) -> Iterator[None]:
    """SimpleITK's own errors, of several lines, as one that says the cause."""
    try:
        yield
    except RuntimeError as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        said = lines[-1] if lines else "it does not say why"
        raise UnetgenError(f"{path}: cannot be read: {said}; save it again") from None


def _reader(sitk: ModuleType, path: Path) -> Placed:
    reader = sitk.ImageFileReader()
    reader.SetImageIO(READERS[path.suffix.lower()])
    reader.SetFileName(str(path))
    return reader


def _type(pixel: int, sitk: ModuleType) -> NumberType | None:
    kinds = {
        getattr(sitk, f"sitk{prefix}{name}"): code
        for name, code in TYPES.items()
        for prefix in ("", "Vector")
    }
    return np.dtype(kinds[pixel]) if pixel in kinds else None


def _place(made: Placed, affine: Affine, path: Path) -> None:
    turned = affine.copy()
    turned[:2] *= -1
    spacing = np.sqrt((turned[:-1, :-1] ** 2).sum(0))
    direction = turned[:-1, :-1] / spacing
    if not np.allclose(direction.T @ direction, np.eye(len(direction)), atol=ORTHONORMAL):
        raise UnetgenError(f"{path}: this format has no axes that are not at right angles; write .nii.gz")
    made.SetSpacing(spacing.tolist())
    made.SetDirection(direction.ravel().tolist())
    made.SetOrigin(turned[:-1, -1].tolist())
