"""What an image file may claim before memory is taken for it.

A header is a few bytes that anybody can write. Its size has to fit the bytes that the file has, and the
memory of the machine; both are looked at before a reader makes room for the values.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path

from unetgen.errors import UnetgenError
from unetgen.images.image import NumberType
from unetgen.reading import size_text

MAX_BYTES = 64 * 2**30
"""Values of one image, on any machine; a scan of 2048 x 2048 x 2048 in 32 bits has half of that."""
DEFLATED = 1032
"""Bytes that one byte of a deflate stream can become at most (zlib's technical details)."""
NUMBERS = "biuf"
"""NumPy's kinds of types that an image can have: truth values, whole numbers, floating-point numbers."""


def require_claim(
    path: Path,
    shape: Sequence[int],
    dtype: NumberType,
    expansion: int | None,
    mapped: bool = False,
    held: int | None = None,
) -> None:
    """Raise `UnetgenError` where values of this shape and type cannot be in the file, or not in memory.

    `expansion` says how many bytes one byte of the file can become; None where that has no limit. `mapped`
    values stay in the file: they take no memory. `held` are the bytes that there are, by default the file's.
    """
    size_words = " x ".join(str(size) for size in shape)
    if min(shape, default=1) < 1:
        raise UnetgenError(f"{path}: holds no values (size {size_words}); leave the file out")
    if dtype.kind not in NUMBERS or dtype.itemsize > 8:
        raise UnetgenError(f"{path}: holds values of type {dtype}; an image has whole or real numbers")
    claimed = math.prod(int(size) for size in shape) * dtype.itemsize
    if expansion is not None:
        held = path.stat().st_size if held is None else held
        if claimed > held * expansion:
            raise UnetgenError(
                f"{path}: claims {size_words} values of {dtype}, {size_text(claimed)}, which its "
                f"{size_text(held)} cannot hold; it is damaged or cut short, take another copy"
            )
    if not mapped and claimed > room():
        raise UnetgenError(
            f"{path}: {size_words} values of {dtype} take {size_text(claimed)}, more than the "
            f"{size_text(room())} that one image may take here; cut it into parts"
        )


def room() -> int:
    """Bytes that the values of one image may take: the machine's memory, at most `MAX_BYTES`."""
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # the system does not say
        return MAX_BYTES
    return min(memory, MAX_BYTES) if memory > 0 else MAX_BYTES
