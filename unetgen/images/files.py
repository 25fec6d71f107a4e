"""Image files, by their suffix: which are known, and how one is read and written.

Whatever a file holds, it is read or refused with a `UnetgenError` that names it and says what to do. Nothing
in a file is run, no other file is opened because a file says so, and what a header claims is held against the
file and the memory before room is made for it.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from unetgen.errors import UnetgenError
from unetgen.files import publishing
from unetgen.images import labels
from unetgen.images.formats import FORMATS
from unetgen.images.formats.base import ImageFormat, Wanted, reading, writing
from unetgen.images.formats.dicom import SUFFIXES as DICOM
from unetgen.images.formats.dicom import DicomSeries, is_series
from unetgen.images.geometry import is_place
from unetgen.images.header import Header
from unetgen.images.image import Affine, Image, Values
from unetgen.reading import require_regular

SUFFIXES = tuple(suffix for family in FORMATS for suffix in family.suffixes)
"""Of all files that are read."""
WRITTEN = tuple(suffix for family in FORMATS for suffix in family.written)
"""Of those that are written."""


def is_image(path: Path) -> bool:
    """Whether `path` is something that `read_image` reads: by its name, or a folder of DICOM files."""
    suffix = suffix_of(path)
    if path.is_dir():
        return is_series(path) if suffix is None else _of_suffix(suffix).is_folder
    return suffix is not None and not _of_suffix(suffix).is_folder and path.is_file()


def suffix_of(path: Path) -> str | None:
    """The longest of the `SUFFIXES` that the name ends with, in whatever case; None for other files.

    >>> suffix_of(Path("brain.NII.GZ")), suffix_of(Path("notes.txt"))
    ('.nii.gz', None)
    """
    name = path.name.lower()
    fits = (suffix for suffix in SUFFIXES if name.endswith(suffix) and name != suffix)
    return max(fits, key=len, default=None)


def read_image(path: Path, dims: int | None = None) -> Image:
    """The image in `path`, its values ``(*spatial, channels)``.

    `dims` says how many spatial axes it has, for files that do not name them (`.npy`, `.npz`). Raises
    `UnetgenError` for a file that is not there, of no known kind, damaged, larger than its bytes or the
    memory, or that holds what an image does not have.
    """
    return _read(path, Wanted(dims=dims))


def read_labels(path: Path, dims: int | None = None) -> Image:
    """The mask in `path`: one channel of whole numbers, of a palette the indices as they lie in the file.

    Raises `UnetgenError` as `read_image`, and for colours and for values that are not whole.
    """
    return labels.as_labels(_read(path, Wanted(as_labels=True, dims=dims)), path)


def read_header(path: Path, dims: int | None = None, as_labels: bool = False) -> Header:
    """Size, channels, type and place of the image in `path`, without reading its values where that can be.

    `as_labels` tells it of palettes as `read_labels` reads them. Raises `UnetgenError` as `read_image`.
    """
    family = _family(path)
    with reading(path):
        header = family.header(path, Wanted(as_labels, dims))
    _require_place(header.affine, path)
    return header


def write_image(path: Path, image: Image, like: Image | None = None) -> None:
    """Write the image, whole or not at all; whole numbers in the smallest type that holds them.

    `like` is the image that it was made from: its affine is taken where `image` has none, and of its file
    what the format keeps, such as codes and units. NIfTI, NRRD, MHA and `.npz` hold the affine, TIFF the
    spacing, PNG and `.npy` neither. Raises `UnetgenError` for a suffix that is not written, for an image that
    the format does not hold, and where the system refuses; nothing is changed then.
    """
    suffix = suffix_of(path)
    if suffix not in WRITTEN:
        raise UnetgenError(f"{path}: images are not written as {path.suffix!r}; use {' '.join(WRITTEN)}")
    values = labels.smallest(_native(image.values))
    has_place = image.affine is None and like is not None and like.spatial == image.spatial
    affine = like.affine if has_place and like is not None else image.affine
    save = _of_suffix(suffix).saver(path, replace(image, values=values, affine=affine), like)
    with publishing(path.parent) as staging, writing(path):
        save(staging / path.name)


def _read(path: Path, wanted: Wanted) -> Image:
    family = _family(path)
    with reading(path):
        image = family.read(path, wanted)
        image = replace(image, values=_native(image.values))
    _require_place(image.affine, path)
    return image


def _family(path: Path) -> ImageFormat:
    suffix = suffix_of(path)
    family = None if suffix is None else _of_suffix(suffix)
    if path.is_dir() and family is None and is_series(path):
        return DicomSeries()
    if not (path.is_dir() and family is not None and family.is_folder):
        require_regular(path)
    if family is None:
        raise UnetgenError(f"{path}: is not an image that is read; use {' '.join(SUFFIXES)}{_if_dicom(path)}")
    return family


def _if_dicom(path: Path) -> str:
    return ", or the folder of a DICOM series" if path.suffix.lower() in DICOM else ""


def _require_place(affine: Affine | None, path: Path) -> None:
    if affine is not None and not is_place(affine):
        raise UnetgenError(
            f"{path}: says of different positions that they are one place in the world, or of one that it is "
            "nowhere: its affine has no inverse; mend its header"
        )


def _of_suffix(suffix: str) -> ImageFormat:
    return next(family for family in FORMATS if suffix in family.suffixes)


def _native(values: Values) -> Values:
    """In the byte order of the machine, and truth values as 0 and 1."""
    if values.dtype.kind == "b":
        return values.view(np.uint8)
    return values if values.dtype.isnative else values.astype(values.dtype.newbyteorder("="))
