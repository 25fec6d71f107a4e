"""NumPy's own files: `.npy`, which stays on the disk until it is used, and `.npz`.

Their axes have no names. An array of three axes is a picture with its channels last where the last axis has
at most four places, else a volume; one of four is a volume with channels. `read_image(dims=...)` says
otherwise, and so does the affine that an `.npz` which was written here may hold.
An `.npz` holds one array, or one that is named `values`.
Arrays of Python objects are pickles, which run code when they are read; they are refused.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np

from unetgen.errors import UnetgenError
from unetgen.images.formats.base import PLAIN, ImageFormat, Saver, Wanted
from unetgen.images.header import Header
from unetgen.images.image import Affine, Image, Values
from unetgen.images.limits import DEFLATED, require_claim

MAX_PICTURE_CHANNELS = 4
VALUES, AFFINE = "values", "affine"
_ENCRYPTED = 0x1 | 0x40
_COMPRESSIONS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}


class NumpyArray(ImageFormat):
    """One array; the values are mapped from the disk, read-only."""

    suffixes = (".npy",)
    written = suffixes

    def read(self, path: Path, wanted: Wanted = PLAIN) -> Image:
        self.header(path, wanted)
        values = np.lib.format.open_memmap(path, mode="r")
        return Image(values.reshape(channels_last(values.shape, path, wanted.dims)), file=path)

    def header(self, path: Path, wanted: Wanted = PLAIN) -> Header:
        with path.open("rb") as stream:
            shape, dtype = _array_header(stream, path)
        require_claim(path, shape, dtype, 1, mapped=True)
        *spatial, channels = channels_last(shape, path, wanted.dims)
        return Header(tuple(spatial), channels, dtype)

    def saver(self, path: Path, image: Image, like: Image | None) -> Saver:
        return lambda place: np.save(place, _squeezed(image), allow_pickle=False)


class NumpyArchive(ImageFormat):
    """One array in a zip archive, beside its affine where that is known."""

    suffixes = (".npz",)
    written = suffixes

    def read(self, path: Path, wanted: Wanted = PLAIN) -> Image:
        with _archive(path) as archive:
            affine = _affine(archive, path)
            values = _member(archive, _name_of_values(archive, path), path)
            return Image(values.reshape(_shape(values.shape, affine, path, wanted)), affine, path)

    def header(self, path: Path, wanted: Wanted = PLAIN) -> Header:
        with _archive(path) as archive:
            affine = _affine(archive, path)
            shape, dtype = _member_header(archive, _name_of_values(archive, path), path)
            *spatial, channels = _shape(shape, affine, path, wanted)
            return Header(tuple(spatial), channels, dtype, affine)

    def saver(self, path: Path, image: Image, like: Image | None) -> Saver:
        arrays: dict[str, Any] = {VALUES: _squeezed(image)}
        if image.affine is not None:
            arrays[AFFINE] = image.affine

        def save(place: Path) -> None:
            np.savez_compressed(place, **arrays)

        return save


def channels_last(shape: tuple[int, ...], path: Path, dims: int | None = None) -> tuple[int, ...]:
    """The shape with an axis of channels, which an array of `dims` spatial axes may lack."""
    axes = len(shape)
    if dims is None:
        dims = min(axes, 3) - (axes == 3 and shape[-1] <= MAX_PICTURE_CHANNELS)
    if not 1 <= dims <= 3 or axes not in (dims, dims + 1):
        raise UnetgenError(
            f"{path}: has {axes} axes; an image has {dims or '1 to 3'}, and one more for channels at the end"
        )
    return shape if axes == dims + 1 else (*shape, 1)


def _shape(shape: tuple[int, ...], affine: Affine | None, path: Path, wanted: Wanted) -> tuple[int, ...]:
    """With channels; an affine says how many axes are spatial."""
    return channels_last(shape, path, wanted.dims if affine is None else len(affine) - 1)


def _squeezed(image: Image) -> Values:
    """Without the axis of channels where that would be found again."""
    shape = image.values.shape[:-1]
    is_found = image.channels == 1 and channels_last(shape, Path()) == (*shape, 1)
    return image.values[..., 0] if is_found else image.values


def _array_header(stream: IO[bytes], path: Path) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Shape and type; NumPy reads at most 10,000 characters of header, as a literal."""
    try:
        version = np.lib.format.read_magic(stream)
        read = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }[version]
        shape, _, dtype = read(stream)
    except KeyError:
        raise UnetgenError(
            f"{path}: is an array of a later version of NumPy's format; save it again"
        ) from None
    return shape, dtype


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    with zipfile.ZipFile(path) as archive:
        yield archive


def _name_of_values(archive: zipfile.ZipFile, path: Path) -> str:
    names = [name.removesuffix(".npy") for name in archive.namelist()]
    if len(set(names)) < len(names):
        raise UnetgenError(f"{path}: holds an array twice; save it again")
    if VALUES in names:
        return VALUES
    if len(names) != 1:
        listed = ", ".join(names[:6]) or "none"
        raise UnetgenError(
            f"{path}: holds {len(names)} arrays ({listed}); save the image alone, or as {VALUES!r}"
        )
    return names[0]


def _member_header(archive: zipfile.ZipFile, name: str, path: Path) -> tuple[tuple[int, ...], np.dtype[Any]]:
    with _stream(archive, name, path) as stream:
        shape, dtype = _array_header(stream, path)
    require_claim(path, shape, dtype, DEFLATED)
    return shape, dtype


def _member(archive: zipfile.ZipFile, name: str, path: Path) -> Values:
    _member_header(archive, name, path)
    with _stream(archive, name, path) as stream:  # NumPy reads as much as the header says, no more
        values: Values = np.lib.format.read_array(stream, allow_pickle=False)
    return values


@contextmanager
def _stream(archive: zipfile.ZipFile, name: str, path: Path) -> Iterator[IO[bytes]]:
    entry = archive.getinfo(name if name in archive.namelist() else f"{name}.npy")
    if entry.flag_bits & _ENCRYPTED or entry.compress_type not in _COMPRESSIONS:
        raise UnetgenError(f"{path}: is encrypted or compressed in an unusual way; save it by NumPy's savez")
    with archive.open(entry) as stream:
        yield stream


def _affine(archive: zipfile.ZipFile, path: Path) -> Affine | None:
    """The affine beside `values`; an array of this name that stands alone is an image."""
    if not {f"{AFFINE}.npy", f"{VALUES}.npy"} <= set(archive.namelist()):
        return None
    shape, _ = _member_header(archive, AFFINE, path)
    if shape not in [(dims + 1, dims + 1) for dims in (1, 2, 3)]:
        raise UnetgenError(f"{path}: its affine has the shape {shape}; 3 axes need (4, 4)")
    return _member(archive, AFFINE, path).astype(np.float64)
