"""The formats that there are, and which one a path means."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from unetgen.emit.exports import TEXT_FORMATS
from unetgen.errors import UnetgenError
from unetgen.model.exporting.format import Format
from unetgen.model.exporting.litert import LiteRT
from unetgen.model.exporting.onnx import Onnx
from unetgen.model.exporting.openvino import OpenVino
from unetgen.model.exporting.saved_model import SavedModel

FORMATS: Mapping[str, Format] = {each.name: each for each in (SavedModel(), Onnx(), OpenVino(), LiteRT())}
"""Those of a trained model; those of a config are `TEXT_FORMATS`."""


def format_of(out: Path | None, name: str | None) -> str:
    """The format by its name, or by the suffix of the path to write.

    >>> format_of(Path("model.onnx"), None), format_of(Path("serving"), None), format_of(Path("a.mmd"), None)
    ('onnx', 'saved_model', 'mermaid')
    """
    if name is not None:
        return name
    if out is None:
        raise UnetgenError("nothing says the format; name it with --format, or a file with --out")
    suffixes: dict[str, tuple[str, ...]] = {each: (entry.suffix,) for each, entry in FORMATS.items()}
    suffixes |= {each: entry.suffixes for each, entry in TEXT_FORMATS.items()}
    named = [each for each, known in suffixes.items() if out.suffix.lower() in known]
    if len(named) == 1:
        return named[0]
    if named:
        raise UnetgenError(f"{out}: is {' or '.join(named)} by its suffix; name one with --format")
    # Of a folder's name, what stands behind a dot is not a suffix, as in `serving/v1.2`: say so.
    usual = ", ".join(f"{known[0] or 'none'} for {each}" for each, known in suffixes.items())
    raise UnetgenError(f"{out}: suffix {out.suffix!r} says no format; name it with --format, or use {usual}")
