"""The formats that there are, and which one a path means."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from unetgen.errors import UnetgenError
from unetgen.model.exporting.format import Format
from unetgen.model.exporting.litert import LiteRT
from unetgen.model.exporting.onnx import Onnx
from unetgen.model.exporting.openvino import OpenVino
from unetgen.model.exporting.saved_model import SavedModel

FORMATS: Mapping[str, Format] = {each.name: each for each in (SavedModel(), Onnx(), OpenVino(), LiteRT())}


def format_of(out: Path, name: str | None) -> str:
    """The format by its name, or by the suffix of the path to write.

    >>> format_of(Path("model.onnx"), None), format_of(Path("serving"), None)
    ('onnx', 'saved_model')
    """
    if name is not None:
        return name
    for each, entry in FORMATS.items():
        if out.suffix.lower() == entry.suffix:
            return each
    # Of a folder's name, what stands behind a dot is not a suffix, as in `serving/v1.2`: say so.
    known = ", ".join(f"{entry.suffix or 'none'} for {each}" for each, entry in FORMATS.items())
    raise UnetgenError(f"{out}: suffix {out.suffix!r} says no format; name it with --format, or use {known}")
