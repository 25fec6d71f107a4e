"""The face of the figures and what its letters measure: Roboto, from the package that ships it.

Only six tables of the file are read, by hand: loading a font library takes longer than drawing the figure.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.util import find_spec
from pathlib import Path

from unetgen.errors import UnetgenError
from unetgen.shell import install

FAMILY = "Roboto"
PACKAGE = "font_roboto"
Ink = tuple[float, float, float, float]
"""Left, top, right and bottom of the marks on paper, from the start of the baseline, y downwards."""


@cache
def font_file(bold: bool = False) -> Path:
    """The TrueType file of the face."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise UnetgenError(
            f"figures need the package font-roboto, which is not installed: {install('font-roboto')}"
        )
    return Path(spec.origin).parent / "files" / f"{FAMILY}-{'Bold' if bold else 'Regular'}.ttf"


def advance(text: str, size: float, bold: bool = False) -> float:
    """The width that `text` takes on its line, in points."""
    return _units(text, bold) * size / _face(bold).units_per_em


@lru_cache(maxsize=4096)
def _units(text: str, bold: bool) -> int:
    """The same in the face's units: a layout is tried at many places, with the same words."""
    return sum(map(_face(bold).advance, text))


def ink(text: str, size: float, bold: bool = False) -> Ink:
    """The box around all the marks that `text` makes; empty at the origin for blank text."""
    face = _face(bold)
    scale, at = size / face.units_per_em, 0
    boxes: list[Ink] = []
    for letter in text:
        if outline := face.outline(letter):
            left, low, right, high = outline
            boxes.append(((at + left) * scale, -high * scale, (at + right) * scale, -low * scale))
        at += face.advance(letter)
    if not boxes:
        return (0.0, 0.0, 0.0, 0.0)
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def cap_height(size: float, bold: bool = False) -> float:
    """How far an H rises above the baseline."""
    return -ink("H", size, bold)[1]


def cut(text: str, size: float, room: float, bold: bool = False) -> str:
    """The text, or as much of it as fits into `room` points, and an ellipsis."""
    if advance(text, size, bold) <= room:
        return text
    while text and advance(f"{text}…", size, bold) > room:
        text = text[:-1]
    return f"{text}…"


@dataclass(frozen=True)
class _Face:
    data: bytes
    tables: Mapping[str, int]

    @classmethod
    def read(cls, file: Path) -> _Face:
        data = file.read_bytes()
        (count,) = struct.unpack_from(">H", data, 4)
        records = (struct.unpack_from(">4sIII", data, 12 + 16 * index) for index in range(count))
        return cls(data, {tag.decode(): offset for tag, _, offset, _ in records})

    def _short(self, table: str, offset: int) -> int:
        (value,) = struct.unpack_from(">H", self.data, self.tables[table] + offset)
        return int(value)

    @cached_property
    def units_per_em(self) -> int:
        return self._short("head", 18)

    @cached_property
    def glyphs(self) -> dict[int, int]:
        """Glyph numbers by code point, of the basic plane."""
        data, start = self.data, self.tables["cmap"]
        (count,) = struct.unpack_from(">H", data, start + 2)
        for index in range(count):
            platform, encoding, offset = struct.unpack_from(">HHI", data, start + 4 + 8 * index)
            (form,) = struct.unpack_from(">H", data, start + offset)
            if form == 4 and (platform, encoding) in ((3, 1), (0, 3)):
                return self._segments(start + offset)
        raise UnetgenError(f"the face {FAMILY} has no table of characters that is understood")

    def _segments(self, start: int) -> dict[int, int]:
        (twice,) = struct.unpack_from(">H", self.data, start + 6)
        n = twice // 2
        ends = struct.unpack_from(f">{n}H", self.data, start + 14)
        firsts = struct.unpack_from(f">{n}H", self.data, start + 16 + twice)
        deltas = struct.unpack_from(f">{n}H", self.data, start + 16 + 2 * twice)
        at = start + 16 + 3 * twice
        offsets = struct.unpack_from(f">{n}H", self.data, at)
        glyphs: dict[int, int] = {}
        for index, (first, end, delta, offset) in enumerate(zip(firsts, ends, deltas, offsets, strict=True)):
            for code in range(first, end + 1):
                glyph = code
                if offset:
                    place = at + 2 * index + offset + 2 * (code - first)
                    (glyph,) = struct.unpack_from(">H", self.data, place)
                if glyph or not offset:
                    glyphs[code] = (glyph + delta) % 65536
        return glyphs

    def _glyph(self, letter: str) -> int:
        return self.glyphs.get(ord(letter), 0)

    def advance(self, letter: str) -> int:
        last = self._short("hhea", 34) - 1
        return self._short("hmtx", 4 * min(self._glyph(letter), last))

    def outline(self, letter: str) -> tuple[int, int, int, int] | None:
        """The glyph's x and y from the least to the greatest, or nothing for a blank."""
        glyph, long = self._glyph(letter), self._short("head", 50)
        form, size, unit = (">2I", 4, 1) if long else (">2H", 2, 2)
        first, end = struct.unpack_from(form, self.data, self.tables["loca"] + size * glyph)
        if first == end:
            return None
        return struct.unpack_from(">4h", self.data, self.tables["glyf"] + first * unit + 2)


@cache
def _face(bold: bool) -> _Face:
    return _Face.read(font_file(bold))
