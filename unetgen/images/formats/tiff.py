"""TIFF, by tifffile: 1 to 64 bits, whole or real, pages as a volume, channels, OME's and ImageJ's axes.

The spatial axes come as pages, rows, columns. Pages without a name are a volume; time and all other axes of
more than one place are refused by name. A palette gives its colours, or its indices where the file holds
labels; of an ImageJ file the values, since its table of colours is only how it is shown. Values are as they
lie in the file, also where 0 is white. What tifffile cannot decompress alone is refused with what to install.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from unetgen.errors import UnetgenError
from unetgen.images.formats.base import PLAIN, ImageFormat, Saver, Wanted, reading
from unetgen.images.formats.tiff_axes import arrangement
from unetgen.images.formats.tiff_compression import expansion, require_readable
from unetgen.images.formats.tiff_spacing import spacing_of_tiff
from unetgen.images.formats.tiff_writing import saver_of
from unetgen.images.geometry import grid_affine
from unetgen.images.header import Header
from unetgen.images.image import Image
from unetgen.images.limits import require_claim

if TYPE_CHECKING:
    import tifffile

BLACK_OR_WHITE, PALETTE = {0, 1}, 3
PHOTOMETRICS = {*BLACK_OR_WHITE, 2, PALETTE, 6}
"""Grey, RGB, palettes, and YCbCr, which its decoder makes RGB."""


class Tiff(ImageFormat):
    """The first series of pages, at its full resolution."""

    suffixes = (".tif", ".tiff")
    written = suffixes

    def read(self, path: Path, wanted: Wanted = PLAIN) -> Image:
        with _opened(path) as tiff:
            header = _header(tiff, path, wanted.as_labels)
            series = tiff.series[0]
            values = arrangement(series.axes, series.shape, path).applied(series.asarray())
            if _shows_colours(tiff, wanted.as_labels):
                table = np.asarray(tiff.pages.first.colormap)
                values = (table >> 8 if table.max() > 255 else table).astype(np.uint8).T[values[..., 0]]
        affine = header.affine
        return Image(values.astype(header.dtype, copy=False), affine, path)

    def header(self, path: Path, wanted: Wanted = PLAIN) -> Header:
        with _opened(path) as tiff:
            return _header(tiff, path, wanted.as_labels)

    def saver(self, path: Path, image: Image, like: Image | None) -> Saver:
        file, said = self.own_file(like), None
        if file is not None:
            with reading(file), _opened(file) as tiff:
                said = spacing_of_tiff(tiff, "ZYX"[-image.dims :])
        return saver_of(path, image, said[1] if said else "mm")


@contextmanager
def _opened(path: Path) -> Iterator[tifffile.TiffFile]:
    import tifffile

    log = tifffile.logger()
    if not log.handlers:  # what it says of damage is told by errors here
        log.addHandler(logging.NullHandler())
    try:
        tiff = tifffile.TiffFile(path, _multifile=False)  # OME's metadata may name any file of the disk
    except tifffile.TiffFileError as error:
        raise UnetgenError(f"{path}: is not a TIFF: {error}; is its name right?") from None
    with tiff:
        yield tiff


def _header(tiff: tifffile.TiffFile, path: Path, as_labels: bool) -> Header:
    page = tiff.pages.first
    series = tiff.series
    if tiff.is_ome and (len(series) == 0 or series[0].kind.lower() != "ome" or _has_gaps(series[0])):
        raise UnetgenError(
            f"{path}: its OME metadata does not fit its pages, or names other files; save it as one file"
        )
    if len(series) != 1:
        count = len(series)
        raise UnetgenError(f"{path}: holds {count} images of different sizes or kinds; save each as a file")
    if int(page.photometric) not in PHOTOMETRICS:
        name = getattr(page.photometric, "name", page.photometric)
        raise UnetgenError(f"{path}: has colours of kind {name}; save it as grey or RGB")
    arranged = arrangement(series[0].axes, series[0].shape, path)
    *spatial, channels = arranged.shape
    dtype = np.dtype(series[0].dtype)
    require_claim(path, arranged.shape, dtype, expansion(page))
    require_readable(tiff, path)
    if _shows_colours(tiff, as_labels):
        channels, dtype = 3, np.dtype(np.uint8)
    elif dtype.kind == "b":
        dtype = np.dtype(np.uint8)
    said = spacing_of_tiff(tiff, "ZYX"[-len(spatial) :])
    return Header(tuple(spatial), channels, dtype, grid_affine(said[0]) if said else None)


def _has_gaps(series: tifffile.TiffPageSeries) -> bool:
    return any(part is None for part in series.pages)


def _shows_colours(tiff: tifffile.TiffFile, as_labels: bool) -> bool:
    page = tiff.pages.first
    return int(page.photometric) == PALETTE and not (as_labels or tiff.is_imagej or page.colormap is None)
