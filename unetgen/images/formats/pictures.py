"""PNG, JPEG and BMP, by Pillow.

Values are as the file has them: 1 bit gives 0 and 1, 2 and 4 bits what they count, 16 bits of grey 16 bits.
A palette gives its colours, or its indices where the file holds labels. A picture is turned as its EXIF tag
says, as every viewer shows it. Dots per inch say how a picture is printed, so they are not a spacing.
Refused by name, because Pillow gives less than the file holds: colours of 16 bits, CMYK, and several frames.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from unetgen.errors import UnetgenError
from unetgen.images.formats.base import PLAIN, ImageFormat, Saver, Wanted
from unetgen.images.header import Header
from unetgen.images.image import Image
from unetgen.images.limits import require_claim

if TYPE_CHECKING:
    import PIL.Image

CHANNELS = {"1": 1, "L": 1, "LA": 2, "P": 1, "RGB": 3, "RGBA": 4, "I;16": 1}
"""Pillow's modes that are read, and their channels."""
TYPES = {"I;16": np.dtype(np.uint16)}
"""Those that are not of 8 bits."""
SHARES = {"L;2": 85, "L;4": 17}
"""Pillow spreads grey of 2 and 4 bits to 0 ... 255; the factor by which it does."""
TURNED = range(5, 9)
"""Values of the EXIF tag that exchange rows and columns."""
ORIENTATION = 0x0112
NO_LIMIT = 10**9
"""Bytes that a byte of a picture can become: a uniform PNG or BMP of run lengths is tiny."""


class Pictures(ImageFormat):
    """Two axes, rows and columns; one to four channels of 8 bits, or one of 16."""

    suffixes = (".png", ".jpg", ".jpeg", ".bmp")
    written = (".png",)

    def read(self, path: Path, wanted: Wanted = PLAIN) -> Image:
        from PIL import ImageOps

        with _opened(path) as picture:
            header = _header(picture, path, wanted.as_labels)
            share, turn = SHARES.get(_raw_mode(picture), 1), _turn(picture)
            picture.load()
            if _turn(picture) != turn:  # Pillow has found it on the way
                raise UnetgenError(f"{path}: its EXIF orientation stands after its pixels; save it again")
            turned = ImageOps.exif_transpose(picture)
            if not wanted.as_labels and picture.mode == "P":
                turned = turned.convert(_colours(picture))
            values = np.asarray(turned).reshape(header.shape).astype(header.dtype, copy=False)
        return Image(values // values.dtype.type(share) if share > 1 else values, file=path)

    def header(self, path: Path, wanted: Wanted = PLAIN) -> Header:
        with _opened(path) as picture:
            return _header(picture, path, wanted.as_labels)

    def saver(self, path: Path, image: Image, like: Image | None) -> Saver:
        values = image.values
        if image.dims != 2:
            raise UnetgenError(f"{path}: a PNG has 2 axes, not {image.dims}; write .tif, .npz or .nii.gz")
        kinds = {np.dtype(np.uint8): 4, np.dtype(np.uint16): 1}
        if image.channels > kinds.get(values.dtype, 0):
            raise UnetgenError(
                f"{path}: a PNG holds 1 to 4 channels of 8 bits or one of 16, not {image.channels} of "
                f"{values.dtype}; write .tif, .npz or .nii.gz"
            )

        def save(place: Path) -> None:
            from PIL import Image as pillow  # noqa: N813  (a module)

            squeezed = values[..., 0] if image.channels == 1 else values
            pillow.fromarray(np.ascontiguousarray(squeezed)).save(place, format="PNG")

        return save


@contextmanager
def _opened(path: Path) -> Iterator[PIL.Image.Image]:
    from PIL import Image as pillow  # noqa: N813  (a module)
    from PIL import UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", pillow.DecompressionBombWarning)  # `require_claim` sees to it
            picture = pillow.open(path, formats=("PNG", "JPEG", "BMP"))
    except UnidentifiedImageError:
        raise UnetgenError(f"{path}: is not a PNG, JPEG or BMP; is its name right?") from None
    except pillow.DecompressionBombError:
        raise UnetgenError(
            f"{path}: has more pixels than Pillow reads, some 178 million; save it as TIFF or .npy"
        ) from None
    with picture:
        yield picture


def _header(picture: PIL.Image.Image, path: Path, as_labels: bool) -> Header:
    raw = _raw_mode(picture)
    if picture.mode not in CHANNELS:
        raise UnetgenError(f"{path}: has colours of mode {picture.mode}; save it as grey, RGB or RGBA")
    if raw.endswith("16B") and picture.mode != "I;16":
        raise UnetgenError(
            f"{path}: has {picture.mode} of 16 bits, of which 8 would be lost; save it as TIFF"
        )
    frames = getattr(picture, "n_frames", 1)
    if frames > 1 and picture.format == "PNG":
        raise UnetgenError(f"{path}: has {frames} frames; save each as a file, or all as pages of a TIFF")
    mode = _colours(picture) if picture.mode == "P" and not as_labels else picture.mode
    dtype = TYPES.get(mode, np.dtype(np.uint8))
    width, height = picture.size
    spatial = (width, height) if _turn(picture) in TURNED else (height, width)
    require_claim(path, (*spatial, CHANNELS[mode]), dtype, NO_LIMIT)
    return Header(spatial, CHANNELS[mode], dtype)


def _turn(picture: PIL.Image.Image) -> int:
    """The EXIF orientation; of a PNG as far as it has been read, since Pillow would read all of it."""
    is_said = picture.format != "PNG" or "exif" in picture.info
    return int(picture.getexif().get(ORIENTATION, 1)) if is_said else 1


def _raw_mode(picture: PIL.Image.Image) -> str:
    """How the file has its values, such as ``L;4``; Pillow forgets it once it has read them."""
    tiles = getattr(picture, "tile", None)
    args = tiles[0][3] if tiles else ""
    return str(args[0] if isinstance(args, tuple) else args)


def _colours(picture: PIL.Image.Image) -> str:
    return "RGBA" if "transparency" in picture.info else "RGB"
