"""What a TIFF says of the distance of its pixels, where it says it.

In this order: OME's physical sizes; ImageJ's unit with the resolution tags and its spacing of slices; the
resolution tags where they count in centimetres (then in millimetres here). Dots per inch say how a picture is
printed. A stack whose distance of pages is not known has no spacing.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING
from xml.etree import ElementTree

if TYPE_CHECKING:
    import tifffile

CENTIMETRE = 3
"""Of the tag ResolutionUnit."""
IN_METRES = {
    "pm": 1e-12, "nm": 1e-9, "µm": 1e-6, "mm": 1e-3, "cm": 1e-2, "dm": 1e-1, "m": 1.0, "Å": 1e-10,
    "in": 0.0254, "km": 1e3,
}  # fmt: skip
"""Units of OME that one file may mix."""
PIXELS = {"", "pixel", "pixels", "null", "inch"}
"""What ImageJ has as a unit where nobody has said one."""


def spacing_of_tiff(tiff: tifffile.TiffFile, axes: str) -> tuple[tuple[float, ...], str] | None:
    """The distance on each of `axes` (of Z, Y and X), and the unit that it counts in; None where not said."""
    for source in (_of_ome, _of_imagej, _of_tags):
        said = source(tiff)
        if said is not None:
            distances, unit = said
            if all(math.isfinite(distances.get(axis, 0)) and distances.get(axis, 0) > 0 for axis in axes):
                return tuple(distances[axis] for axis in axes), unit
            return None
    return None


Said = tuple[dict[str, float], str]


def _of_ome(tiff: tifffile.TiffFile) -> Said | None:
    if not tiff.is_ome:
        return None
    pixels = ElementTree.fromstring(tiff.ome_metadata or "").find("./{*}Image/{*}Pixels")
    said = {
        axis: (float(pixels.get(f"PhysicalSize{axis}", "nan")), pixels.get(f"PhysicalSize{axis}Unit", "µm"))
        for axis in "XYZ"
        if pixels is not None
    }
    if not said or math.isnan(said["X"][0]):
        return {}, ""
    unit = said["X"][1]
    distances = {axis: _converted(value, of, unit) for axis, (value, of) in said.items()}
    return distances, unit


def _converted(value: float, of: str, unit: str) -> float:
    if of == unit:
        return value
    return value * IN_METRES.get(of, math.nan) / IN_METRES.get(unit, math.nan)


def _of_imagej(tiff: tifffile.TiffFile) -> Said | None:
    if not tiff.is_imagej:
        return None
    said = tiff.imagej_metadata or {}
    unit = str(said.get("unit", ""))
    if unit in PIXELS:
        return {}, ""
    distances = {"Z": float(said.get("spacing", math.nan))} | _resolutions(tiff, 1.0)
    return distances, unit


def _of_tags(tiff: tifffile.TiffFile) -> Said | None:
    tags = tiff.pages.first.tags
    if tags.valueof(296) != CENTIMETRE:
        return None
    return _resolutions(tiff, 10.0), "mm"


def _resolutions(tiff: tifffile.TiffFile, length: float) -> dict[str, float]:
    """Distances, of tags that say how many pixels there are on a `length`."""
    tags = tiff.pages.first.tags
    distances = {}
    for axis, code in (("X", 282), ("Y", 283)):
        count, per = tags.valueof(code) or (0, 1)
        if count and per:
            distances[axis] = length * per / count
    return distances
