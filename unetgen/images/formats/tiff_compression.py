"""Which compressed TIFFs are read: those that tifffile can decompress, and that do not fill the memory."""

from __future__ import annotations

import math
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from unetgen.errors import UnetgenError
from unetgen.images.limits import DEFLATED
from unetgen.shell import install

if TYPE_CHECKING:
    import tifffile

NONE, DEFLATE = 1, {8, 32946}
DENSE = 10**5
"""Bytes that one byte can become in other compressions."""
HARMLESS = 2**28
"""Bytes that a part of a file may become without being looked at."""
PIECE = 2**20


def expansion(page: tifffile.TiffPage) -> int:
    """How many bytes of values one byte of the file can become."""
    compression = int(page.compression)
    most = DEFLATED if compression in DEFLATE else 1 if compression == NONE else DENSE
    return most * (8 if page.bitspersample % 8 else 1)


def require_readable(tiff: tifffile.TiffFile, path: Path) -> None:
    """Raise `UnetgenError` where a package is missing, or a part becomes more than the file says."""
    import tifffile

    page = tiff.pages.first
    try:
        tifffile.TIFF.DECOMPRESSORS[page.compression]
        if page.predictor != 1:
            tifffile.TIFF.UNPREDICTORS[page.predictor]
        if page.bitspersample not in {1, 8, 16, 32, 64}:
            raise KeyError
    except (KeyError, ValueError):
        raise UnetgenError(
            f"{path}: is compressed or packed as {_name(page)}, which needs another package: "
            f"`{install('imagecodecs')}`; or save it uncompressed or with deflate"
        ) from None
    if int(page.compression) in DEFLATE:
        for part in tiff.series[0].pages:
            if part is not None:
                _require_no_bomb(tiff, part.aspage(), path)


def _name(page: tifffile.TiffPage) -> str:
    name = getattr(page.compression, "name", page.compression)
    return f"{name}, predictor {page.predictor}, {page.bitspersample} bits"


def _require_no_bomb(tiff: tifffile.TiffFile, page: tifffile.TiffPage, path: Path) -> None:
    """zlib makes of a part whatever it becomes; parts that could become much are counted first."""
    claimed = math.prod(page.chunks) * np.dtype(page.dtype).itemsize
    for offset, count in zip(page.dataoffsets, page.databytecounts, strict=True):
        if count * DEFLATED <= max(claimed, HARMLESS):
            continue
        tiff.filehandle.seek(offset)
        if _inflated(tiff.filehandle.read(count), claimed) > claimed:
            raise UnetgenError(f"{path}: a part of it becomes larger than the file says; it is damaged")


def _inflated(raw: bytes, limit: int) -> int:
    """Bytes that deflate makes of `raw`, counted until they are more than `limit`."""
    stream = zlib.decompressobj()
    total, rest = 0, raw
    while rest and total <= limit and not stream.eof:
        total += len(stream.decompress(rest, PIECE))
        rest = stream.unconsumed_tail
    return total
