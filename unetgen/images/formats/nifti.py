"""NIfTI, by nibabel: `.nii` and `.nii.gz`, of one to three axes and one of channels.

The affine is nibabel's: the sform where it has a code, else the qform. A fourth axis is channels; a fifth, as
fields of vectors have, is refused. Values are scaled as the header says (`scl_slope`); where it says nothing,
an uncompressed file stays on the disk until it is used.
"""

from __future__ import annotations

import gzip
import logging
import zlib
from pathlib import Path

import numpy as np

from unetgen.errors import UnetgenError
from unetgen.images.formats.base import PLAIN, ImageFormat, Saver, Wanted, extra, reading
from unetgen.images.formats.nifti_writing import RawHeader, saver_of
from unetgen.images.header import Header
from unetgen.images.image import Affine, Image, Values
from unetgen.images.limits import DEFLATED, require_claim

BYTES = {348: "Nifti1Header", 540: "Nifti2Header"}
"""What a header says of its own length, and nibabel's class for it."""
MAX_OFFSET = 2**26
"""Bytes of extensions before the values."""
MAX_REST = 2**20
"""Bytes after the values, before gzip's checksum."""
PIECE = 2**20
MAX_AXES = 4
COLOURS = {"RGB": 3, "RGBA": 4}
"""Fields of the types for colours, and how many there are."""
PRECISE = {np.dtype(kind) for kind in ("i1", "u1", "i2", "u2", "f2", "f4")}
"""Types whose scaled values are told apart in 32 bits."""
PLANE = 1e-5
"""What a direction in the plane may have beside it."""


class Nifti(ImageFormat):
    """The axes are those of the file: i, j, k."""

    suffixes = (".nii", ".nii.gz")
    written = suffixes

    def read(self, path: Path, wanted: Wanted = PLAIN) -> Image:
        raw = header_of(path)
        header = _header(raw, path)
        values = _stored(raw, path)
        scale = _scale(raw)
        if scale is not None:
            values = values.astype(header.dtype)
            values *= scale[0]
            values += scale[1]
        if values.dtype.names:
            values = np.ascontiguousarray(values).view(np.uint8)
        return Image(values.reshape(header.shape), header.affine, path)

    def header(self, path: Path, wanted: Wanted = PLAIN) -> Header:
        return _header(header_of(path), path)

    def saver(self, path: Path, image: Image, like: Image | None) -> Saver:
        file = self.own_file(like)
        if file is None:
            return saver_of(path, image, None)
        with reading(file):
            return saver_of(path, image, header_of(file))


def _header(raw: RawHeader, path: Path) -> Header:
    shape, dtype = tuple(int(size) for size in raw.get_data_shape()), raw.get_data_dtype()
    if len(shape) > MAX_AXES:
        sizes = " x ".join(map(str, shape))
        raise UnetgenError(
            f"{path}: has {len(shape)} axes ({sizes}), as fields of vectors have; "
            "save 3 axes, and channels as a fourth"
        )
    colours = COLOURS.get("".join(dtype.names or ()), 0)
    if colours and len(shape) == MAX_AXES:
        raise UnetgenError(f"{path}: has colours and a fourth axis beside them; save one of the two")
    if colours:
        shape, dtype = (*shape, colours), np.dtype(np.uint8)
    elif len(shape) < MAX_AXES:
        shape = (*shape, 1)
    is_packed, is_scaled = _is_packed(path), _scale(raw) is not None
    require_claim(path, shape, dtype, DEFLATED if is_packed else 1, mapped=not (is_packed or is_scaled))
    if is_scaled:
        dtype = np.dtype(np.float32 if dtype.newbyteorder("=") in PRECISE else np.float64)
    *spatial, channels = shape
    return Header(tuple(spatial), channels, dtype, _affine(raw, len(spatial), path))


def header_of(path: Path) -> RawHeader:
    """The header alone, without its extensions."""
    nibabel = extra(path, "nibabel", "images")
    opened = gzip.open if _is_packed(path) else Path.open
    try:
        with opened(path, "rb") as stream:
            block = stream.read(max(BYTES))
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise UnetgenError(f"{path}: is not gzip, or is cut short; take another copy") from None
    length = next((size for size in BYTES if _begins_with(block, size)), None)
    if length is None or len(block) < length:
        raise UnetgenError(f"{path}: is not NIfTI: it does not begin as such a file does")
    header = getattr(nibabel, BYTES[length])(block[:length], check=False)
    header.check_fix(logging.Logger(__name__, logging.CRITICAL))  # errors are raised, not told in between
    if header["magic"].item() not in {b"n+1", b"n+2\0\r\n\x1a\n", b"n+2"}:
        raise UnetgenError(f"{path}: is the header of a file in two parts; save it as one .nii.gz")
    if not 0 <= float(header["vox_offset"]) <= MAX_OFFSET:
        raise UnetgenError(
            f"{path}: says that its values begin at byte {header['vox_offset']}; it is damaged"
        )
    return header


def _is_packed(path: Path) -> bool:
    return path.name.lower().endswith(".gz")


def _begins_with(block: bytes, size: int) -> bool:
    return block[:4] in (size.to_bytes(4, "little"), size.to_bytes(4, "big"))


def _scale(raw: RawHeader) -> tuple[float, float] | None:
    """Slope and intercept, where they change the values."""
    slope, inter = raw.get_slope_inter()
    return None if slope is None or (slope, inter) == (1, 0) else (slope, inter)


def _stored(raw: RawHeader, path: Path) -> Values:
    """The values as they lie in the file: mapped, or unpacked to the end, where gzip's checksum is."""
    shape, dtype, offset = raw.get_data_shape(), raw.get_data_dtype(), raw.get_data_offset()
    if not _is_packed(path):
        return np.memmap(path, dtype, "r", offset, shape, order="F")
    values = np.empty(shape, dtype, order="F")
    left = memoryview(values.reshape(-1, order="F").view(np.uint8).data)
    with gzip.open(path, "rb") as stream:
        stream.seek(offset)
        while left.nbytes:
            count = stream.readinto(left[:PIECE])  # gzip unpacks as much beside it first
            if not count:
                raise UnetgenError(f"{path}: is cut short by {left.nbytes:,} bytes; take another copy")
            left = left[count:]
        if len(stream.read(MAX_REST)) == MAX_REST:
            raise UnetgenError(f"{path}: holds more values than its header says; it is damaged")
    return values


def _affine(raw: RawHeader, dims: int, path: Path) -> Affine:
    """Of the file's axes alone: an image of two axes lies in the first two of the world."""
    whole: Affine = np.asarray(raw.get_best_affine(), np.float64)
    beside = np.abs(whole[dims:3, :dims])
    if beside.size and beside.max() > PLANE * np.abs(whole[:dims, :dims]).max():
        raise UnetgenError(
            f"{path}: its {dims} axes do not lie in the first {dims} of the world; save it with a third "
            "axis of size 1"
        )
    kept = [*range(dims), 3]
    return whole[np.ix_(kept, kept)]
