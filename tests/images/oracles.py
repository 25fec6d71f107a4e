"""Libraries that judge what is read and written; without their types, which only some of them have."""

from __future__ import annotations

import locale
from pathlib import Path
from typing import Any

import nibabel
import SimpleITK
import skimage.transform
import tifffile
import zarr

NIB: Any = nibabel
SITK: Any = SimpleITK
TIFF: Any = tifffile
ZARR: Any = zarr
resize: Any = skimage.transform.resize


def write_dicom(writer: Any, image: Any, file: Path) -> None:
    """Let SimpleITK write a DICOM file. It leaves the locale of C behind, in which no text can be read."""
    before = locale.setlocale(locale.LC_ALL)
    writer.SetFileName(str(file))
    writer.Execute(image)
    locale.setlocale(locale.LC_ALL, before)
