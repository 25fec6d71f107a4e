"""PNG, rendered from the SVG by resvg with the figure's own font files: no browser, no system fonts."""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace

import resvg_py

from unetgen.emit.figure.fonts import FAMILY, font_file
from unetgen.emit.figure.shapes import Picture
from unetgen.emit.figure.svg import document

WHITE = "#FFFFFF"
_HEAD = 8 + 25
"""Bytes of the signature and of the IHDR chunk, which stand first in every PNG."""


def png(picture: Picture, dpi: int = 300) -> bytes:
    """The picture at its size on paper: ``round(width / 72 * dpi)`` pixels wide, opaque, `dpi` recorded."""
    width, height = (max(1, round(length / 72 * dpi)) for length in (picture.width, picture.height))
    pixels = {
        "role": "img",
        "width": str(width),
        "height": str(height),
        "preserveAspectRatio": "none",  # whole pixels stretch the page by less than one of them
    }
    image = resvg_py.svg_to_bytes(
        # Filled by the renderer: a rectangle over the whole page takes it a third longer.
        svg_string=document(replace(picture, background=None), pixels),
        background=picture.background or WHITE,
        dpi=96,
        skip_system_fonts=True,
        font_files=[str(font_file(bold)) for bold in (False, True)],
        font_family=FAMILY,
        sans_serif_family=FAMILY,
    )
    return image[:_HEAD] + _resolution(dpi) + image[_HEAD:]


def _resolution(dpi: int) -> bytes:
    """The pHYs chunk, in pixels per metre as the format has it."""
    per_metre = round(dpi / 0.0254)
    body = b"pHYs" + struct.pack(">IIB", per_metre, per_metre, 1)
    return struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
