"""Writing NIfTI: what the header of a like image says stays, where it is not about the values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from unetgen.images.formats.base import Saver, extra, without_halves
from unetgen.images.image import Affine, Image

MAX_SIZE = 32767
"""On an axis of NIfTI-1, which counts in 16 bits."""
SCANNER = 1
"""The code of an affine that leads to the scanner's millimetres."""
RawHeader = Any
"""A header of nibabel, whose methods have no types."""


def saver_of(path: Path, image: Image, raw: RawHeader | None) -> Saver:
    """What writes `image`; `raw` is the header of the image that it is like.

    Kept of `raw`: its version, the codes of sform and qform and both of them where the affine is the same,
    units, intent, description. Channels are the fourth axis; an image of fewer than three axes that has some
    gets axes of size 1.
    """
    values = without_halves(image.values)
    if image.channels == 1:
        values = values[..., 0]
    else:
        values = values.reshape((*image.spatial, *(1,) * (3 - image.dims), image.channels))

    def save(place: Path) -> None:
        nibabel = extra(path, "nibabel", "images")
        is_long = max(values.shape) > MAX_SIZE or isinstance(raw, nibabel.Nifti2Header)
        kind: Any = nibabel.Nifti2Image if is_long else nibabel.Nifti1Image
        header = _like(kind.header_class(), raw)
        header.set_data_dtype(values.dtype)
        header.set_data_shape(values.shape)
        header["cal_min"] = header["cal_max"] = 0  # a window of other values
        affine = _whole(image.affine)
        _place(header, affine, is_new=raw is None)
        kind(values, None if affine is None else header.get_best_affine(), header).to_filename(place)

    return save


OWN = {"sizeof_hdr", "magic", "datatype", "bitpix", "vox_offset", "scl_slope", "scl_inter"}
"""Fields that are about this very file."""


def _like(header: RawHeader, raw: RawHeader | None) -> RawHeader:
    """What `raw` says, in a header that may count in another width."""
    if raw is not None:
        for name in set(raw.keys()) & set(header.keys()) - OWN:
            header[name] = raw[name]
    return header


def _place(header: RawHeader, affine: Affine | None, is_new: bool) -> None:
    """Say in the header where the image lies; nothing is changed where it says so already."""
    if affine is None:
        return
    if is_new:
        header.set_xyzt_units("mm")
    elif np.allclose(header.get_best_affine(), affine, rtol=1e-6, atol=1e-6):
        return
    sform, qform = int(header["sform_code"]), int(header["qform_code"])
    header.set_qform(affine, qform or SCANNER)
    is_exact = np.allclose(header.get_qform(), affine, rtol=1e-5, atol=1e-5)
    if not is_exact:  # a quaternion holds no shear
        header["qform_code"] = 0
    header.set_sform(affine, sform or SCANNER)


def _whole(affine: Affine | None) -> Affine | None:
    """With three axes of the world."""
    if affine is None:
        return None
    dims = len(affine) - 1
    whole = np.eye(4)
    kept = [*range(dims), 3]
    whole[np.ix_(kept, kept)] = affine
    return whole
