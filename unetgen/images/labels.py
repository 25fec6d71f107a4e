"""Values of a mask: one whole number at each position."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from unetgen.errors import UnetgenError
from unetgen.images.image import Image, Values

INTEGERS = tuple(np.dtype(kind) for kind in ("u1", "i2", "u2", "i4", "u4", "i8", "u8"))
"""From the smallest on. Bytes with a sign are left out: many programs do not read them."""
OPAQUE = 255
COLOURS = 3
SHOWN = 5


def as_labels(image: Image, path: Path) -> Image:
    """The image as a mask of one channel of whole numbers.

    Grey that is saved as RGB, and a second or fourth channel that is opaque everywhere, are one channel.
    Raises `UnetgenError` for other channels, and for values that are not whole numbers.
    """
    values = _one_channel(image.values, path)
    if values.dtype.kind == "b":
        values = values.astype(np.uint8)
    if values.dtype.kind == "f":
        values = _whole(values, path)
    return replace(image, values=values)


def smallest(values: Values) -> Values:
    """Whole numbers in the smallest type that holds them, other values as they are.

    >>> smallest(np.array([0, 255])).dtype, smallest(np.array([-1, 255])).dtype
    (dtype('uint8'), dtype('int16'))
    """
    if values.dtype.kind not in "iu" or not values.size:
        return values
    low, high = int(values.min()), int(values.max())
    fits = (kind for kind in INTEGERS if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max)
    return values.astype(next(fits), copy=False)


def _one_channel(values: Values, path: Path) -> Values:
    channels = values.shape[-1]
    if channels == 1:
        return values
    is_opaque = channels not in (2, 4) or bool((values[..., -1] == OPAQUE).all())
    grey = values[..., : min(channels, COLOURS)] if channels != 2 else values[..., :1]
    if channels > COLOURS + 1 or not is_opaque or not (grey == grey[..., :1]).all():
        raise UnetgenError(
            f"{path}: has {channels} channels that differ; a mask has one, of whole numbers: save the "
            "number of its class at each position, in grey or as the index of a palette"
        )
    return grey[..., :1]


def _whole(values: Values, path: Path) -> Values:
    rounded = np.rint(values)
    is_wrong = ~(rounded == values) | ~(np.abs(values) < np.float64(2**53))  # the first is true of NaN, too
    if is_wrong.any():
        few = ", ".join(str(value) for value in np.unique(values[is_wrong])[:SHOWN])
        raise UnetgenError(
            f"{path}: {int(is_wrong.sum()):,} of its values are not whole numbers ({few}); a mask holds the "
            "number of a class at each position; is it an image, or was it resampled as one?"
        )
    return smallest(rounded.astype(np.int64))
