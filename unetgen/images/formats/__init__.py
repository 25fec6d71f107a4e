"""One file a family of image files; `FORMATS` is the table of all."""

from __future__ import annotations

from unetgen.images.formats.arrays import NumpyArchive, NumpyArray
from unetgen.images.formats.base import ImageFormat
from unetgen.images.formats.itk import Itk
from unetgen.images.formats.nifti import Nifti
from unetgen.images.formats.ome_zarr import OmeZarr
from unetgen.images.formats.pictures import Pictures
from unetgen.images.formats.tiff import Tiff

FORMATS: tuple[ImageFormat, ...] = (
    Pictures(),
    Tiff(),
    NumpyArray(),
    NumpyArchive(),
    Nifti(),
    Itk(),
    OmeZarr(),
)
