"""A Keras model in the formats of other runtimes: each through Keras's own exporter, whole or not at all."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from unetgen.errors import UnetgenError
from unetgen.files import publishing, publishing_folder, unwritable

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Format:
    """A format of ``keras.Model.export`` (keras.io/api/models/model_saving_apis/export)."""

    keras: str
    """Its name there."""
    suffix: str
    """Suffix of the file to write; empty for a folder."""
    packages: tuple[str, ...] = ()
    """What it needs beside TensorFlow, as it is imported."""
    any_precision: bool = True
    """Whether it takes layers that compute in another precision than float32."""


FORMATS: Mapping[str, Format] = {
    "saved_model": Format("tf_saved_model", ""),
    "onnx": Format("onnx", ".onnx", ("tf2onnx", "onnx"), any_precision=False),
    "openvino": Format("openvino", ".xml", ("openvino",)),
    "litert": Format("litert", ".tflite"),
}


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


def require_exportable(out: Path, name: str) -> None:
    """Raise `UnetgenError` with all that stands against writing this format to `out`."""
    entry = FORMATS[name]
    wrong = unwritable([out], [entry.suffix]) if entry.suffix else _unwritable_folder(out)
    missing = [package for package in entry.packages if importlib.util.find_spec(package) is None]
    if missing:
        wrong.append(f"{name} needs {' and '.join(missing)}: pip install 'unetgen[{name}]'")
    if wrong:
        raise UnetgenError("\n".join(wrong))


def _unwritable_folder(out: Path) -> list[str]:
    if out.exists() and not out.is_dir():
        return [f"{out}: is a file, not a folder; name another"]
    if out.exists() and any(out.iterdir()):
        return [f"{out}: is a folder with something in it; remove it, or name another"]
    return []


def export(model: keras.Model, out: Path, name: str) -> None:
    """Write `model` to `out` in the format called `name`; raises `UnetgenError` where that cannot be."""
    entry = FORMATS[name]
    require_exportable(out, name)
    if not entry.any_precision and (others := _other_precisions(model)):
        raise UnetgenError(
            f"{name} takes models that compute in float32 only (got {', '.join(others)}); write one with "
            "`unetgen optimize --precision float32` first"
        )
    if entry.suffix:
        with publishing(out.parent) as staging:
            _export(model, staging / out.name, entry, name)
    else:
        with publishing_folder(out) as staging:
            _export(model, staging, entry, name)


def _other_precisions(model: keras.Model) -> list[str]:
    return sorted({layer.compute_dtype for layer in model.layers} - {"float32"})


def _export(model: keras.Model, place: Path, entry: Format, name: str) -> None:
    try:
        # The signature said outright: for ONNX Keras makes one only of a model that has computed already.
        signature = list(model.inputs)
        model.export(str(place), format=entry.keras, verbose=False, input_signature=signature)
    except (OSError, UnetgenError):
        raise
    except Exception as error:  # whatever a converter raises at an operation that it does not know
        reason = str(error).strip().partition("\n")[0]
        raise UnetgenError(
            f"Keras cannot export this model as {name}: {reason}; nothing was written"
        ) from None
