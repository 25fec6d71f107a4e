"""A folder with the files of one DICOM series, by SimpleITK, an extra.

Its slices become a volume where they are equally far apart, above each other and all there; otherwise the
volume would lie wrong, and is refused by name. So are several series in one folder, and files of many frames.
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np

from unetgen.errors import UnetgenError
from unetgen.images.formats.base import PLAIN, ImageFormat, Wanted
from unetgen.images.formats.itk import Placed, affine_of, header_of, image_of, itk_errors, simpleitk
from unetgen.images.header import Header
from unetgen.images.image import Affine, Image
from unetgen.images.limits import require_claim

SUFFIXES = {".dcm", ".ima"}
MAGIC, MAGIC_AT = b"DICM", 128
UNEVEN = 0.02
"""How far a slice may be from where it should be, as a share of the distance of slices."""


def is_series(folder: Path) -> bool:
    """Whether the folder holds DICOM files, by the suffix of one or the first bytes of the first."""
    files = _listed(folder)
    return any(file.suffix.lower() in SUFFIXES for file in files) or any(map(_is_dicom, files[:1]))


def _listed(folder: Path) -> list[Path]:
    """The files of a folder but hidden ones and the table of contents of a disc; none where it is closed."""
    try:
        entries = list(folder.iterdir())
    except OSError:
        return []
    files = (file for file in entries if not file.name.startswith(".") and file.name != "DICOMDIR")
    return sorted(file for file in files if file.is_file())


def _is_dicom(file: Path) -> bool:
    if file.suffix.lower() in SUFFIXES:
        return True
    try:
        with file.open("rb") as stream:
            return stream.read(MAGIC_AT + len(MAGIC))[MAGIC_AT:] == MAGIC
    except OSError:
        return False


class DicomSeries(ImageFormat):
    """The axes are columns, rows and slices: x, y, z of ITK."""

    suffixes = ()

    def read(self, path: Path, wanted: Wanted = PLAIN) -> Image:
        sitk = simpleitk(path)
        files = _files(path, sitk)
        header = _header(path, files, sitk)
        reader = sitk.ImageSeriesReader()
        reader.SetImageIO("GDCMImageIO")
        reader.SetFileNames(files)
        with itk_errors(path):
            return image_of(reader.Execute(), header, path, sitk)

    def header(self, path: Path, wanted: Wanted = PLAIN) -> Header:
        sitk = simpleitk(path)
        return _header(path, _files(path, sitk), sitk)


def _files(path: Path, sitk: ModuleType) -> tuple[str, ...]:
    """The files of the series, in the order of its slices."""
    series = sitk.ImageSeriesReader.GetGDCMSeriesIDs(str(path))
    if len(series) > 1:
        raise UnetgenError(f"{path}: holds {len(series)} DICOM series; put the files of one in a folder")
    files: tuple[str, ...] = ()
    if series:
        files = sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(path), series[0])
    left_out = {file.name for file in _listed(path) if _is_dicom(file)} - {Path(file).name for file in files}
    if left_out:
        raise UnetgenError(
            f"{path}: {len(left_out)} of its files cannot be read as slices of the series, such as "
            f"{min(left_out)}; take other copies, or put them elsewhere"
        )
    return files


def _header(path: Path, files: tuple[str, ...], sitk: ModuleType) -> Header:
    readers = [_informed(file, path, sitk) for file in files]
    headers = [header_of(reader, path, sitk) for reader in readers]
    first = headers[0]
    if any(header.spatial[2:] not in {(), (1,)} for header in headers):
        raise UnetgenError(f"{path}: has files of many frames; convert it to NIfTI, such as by dcm2niix")
    if any((other.shape, other.dtype) != (first.shape, first.dtype) for other in headers):
        raise UnetgenError(f"{path}: its slices differ in size or type; put those of one series in a folder")
    spatial = (*first.spatial[:2], len(files))
    require_claim(path, (*spatial, first.channels), first.dtype, None)
    return Header(spatial, first.channels, first.dtype, _affine([affine_of(one) for one in readers], path))


def _informed(file: str, path: Path, sitk: ModuleType) -> Placed:
    reader = sitk.ImageFileReader()
    reader.SetImageIO("GDCMImageIO")
    reader.SetFileName(file)
    with itk_errors(path):
        reader.ReadImageInformation()
    return reader


def _affine(slices: list[Affine], path: Path) -> Affine:
    """Of the volume: in the plane as the first slice, and from each slice to the next."""
    first = slices[0]
    if len(slices) == 1:
        return first
    origins = np.stack([one[:3, 3] for one in slices])
    step = (origins[-1] - origins[0]) / (len(slices) - 1)
    length = float(np.sqrt(step @ step))
    normal = np.cross(first[:3, 0], first[:3, 1])
    sheared = np.cross(step, normal / np.sqrt(normal @ normal))
    off = np.abs(origins - (origins[0] + np.arange(len(slices))[:, None] * step)).max()
    if any(not np.allclose(one[:3, :3], first[:3, :3], atol=1e-4) for one in slices):
        raise UnetgenError(f"{path}: its slices are turned against each other; convert it to NIfTI")
    if length == 0 or off > UNEVEN * length:
        raise UnetgenError(
            f"{path}: its slices are not equally far apart, by {off:.3g} mm; are all {len(slices)} of one "
            "scan, and is one missing?"
        )
    if np.abs(sheared).max() > UNEVEN * length:
        raise UnetgenError(
            f"{path}: its slices do not lie above each other (a tilted gantry); convert it to NIfTI, such as "
            "by dcm2niix, which straightens it"
        )
    affine = first.copy()
    affine[:3, 2] = step
    return affine
