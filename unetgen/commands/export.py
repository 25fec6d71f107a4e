"""`unetgen export`: a trained model for another runtime, or a config as text."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from unetgen.emit.exports import TEXT_FORMATS

if TYPE_CHECKING:
    from unetgen.config.design import Design
    from unetgen.emit.exports import TextFormat
    from unetgen.model.exporting.format import Format

HELP = "a trained model as SavedModel, ONNX, OpenVINO or LiteRT; a config as text"
COMPUTES = True
_TEXTS = "\n".join(f"  {row.name:<13} {' '.join(row.suffixes)}: {row.words}" for row in TEXT_FORMATS.values())
EXAMPLE = f"""\
examples:
  unetgen export model.keras --out serving/1
  unetgen export model.keras --out model.onnx --optimize
  unetgen export trained.keras --config my.yaml --optimize --out model.tflite
  unetgen export unet3d_depth2 depth=3 --format mermaid
  unetgen export my.yaml --out methods.tex
  unetgen export out/model.keras --format card --out out/README.md
  unetgen export my.yaml --format torch-source --out unet.py --weights trained.keras

formats of a trained model, by --format or the suffix of --out:
  saved_model   a folder for TensorFlow Serving and `loaded = tf.saved_model.load(DIR); loaded.serve(x)`
  onnx          a .onnx file of opset 20, with unetgen[onnx] installed
  openvino      an .xml and a .bin file, with unetgen[openvino] installed
  litert        a .tflite file
onnx, openvino and litert are written from the model's config: the one in or beside its file, or --config.
What is written is run in its own runtime, where that is installed, and compared with Keras.

formats of a config, or of the config of a model; printed where --out is missing:
{_TEXTS}

Files and folders are written whole or not at all.
"""
_MODEL_OPTIONS = ("optimize", "precision", "quantize", "unchecked")
"""Options that are for formats of a trained model."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    from unetgen.commands.arguments import add_json, place
    from unetgen.model.exporting.formats import FORMATS

    parser.add_argument(
        "source", metavar="MODEL|CONFIG", help="a .keras file; or a .yaml file or a bundled config's name"
    )
    parser.add_argument("overrides", metavar="k=v", nargs="*", help="overrides of the config")
    parser.add_argument(
        "--config", metavar="CONFIG", help="a model's config, in place of that in or beside its file"
    )
    parser.add_argument(
        "--out", type=place, metavar="PATH", help="the file, or the folder, to write; - for stdout"
    )
    parser.add_argument(
        "--format", choices=[*FORMATS, *TEXT_FORMATS], help="the format; by default as --out says"
    )
    parser.add_argument(
        "--optimize",
        action="store_true",
        help="rewrite it first, as pays in that runtime; needs the config",
    )
    parser.add_argument(
        "--precision",
        choices=["f32", "f16", "bf16"],
        help="what the file computes in; by default as the model",
    )
    parser.add_argument(
        "--quantize",
        choices=["float16", "int8"],
        help="keep weights in this type: a smaller file, whose outputs differ more (litert)",
    )
    parser.add_argument(
        "--unchecked", action="store_true", help="write it without running it in its own runtime"
    )
    parser.add_argument(
        "--weights",
        metavar="FILE",
        help="a trained .keras model, whose weights are written beside a source in the form that fits it",
    )
    printed = parser.add_mutually_exclusive_group()
    printed.add_argument("-q", "--quiet", action="store_true", help="print nothing but errors")
    add_json(printed)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    from unetgen.errors import UnetgenError
    from unetgen.model.exporting.formats import FORMATS, format_of

    out = None if arguments.out in (None, "-") else Path(arguments.out)
    name = format_of(out, arguments.format)
    if name in TEXT_FORMATS:
        _export_text(arguments, TEXT_FORMATS[name], out)
    elif out is None:
        raise UnetgenError(f"{name} is not text that could be printed; name a file or folder with --out PATH")
    else:
        _export_model(arguments, FORMATS[name], out)
    return 0


def _export_text(arguments: argparse.Namespace, entry: TextFormat, out: Path | None) -> None:
    """Print the text of a config, or write it with what lies beside it."""
    from unetgen.commands.arguments import print_json, say, tell
    from unetgen.errors import UnetgenError
    from unetgen.files import publish

    wrong = [
        f"--{option} is for formats of a trained model, and {entry.name} is made of its config"
        for option in _MODEL_OPTIONS
        if getattr(arguments, option)
    ]
    if out is None and arguments.quiet:
        wrong.append(
            "nothing to do: --quiet prints nothing, and no file is named; say where to with --out FILE"
        )
    if arguments.weights is not None:
        wrong += _wrong_weights(entry, out)
    if out is not None:
        wrong += entry.unwritable(out, has_weights=bool(arguments.weights and entry.weights))
    if wrong:
        raise UnetgenError("\n".join(wrong))
    design = _design(arguments)
    if out is None:
        text, beside = entry.text(design), {suffix: each(design) for suffix, each in entry.beside.items()}
        if arguments.json:
            print_json({"path": None, "format": entry.name, "text": text, "beside": beside})
            return
        say(text.removesuffix("\n"), is_file=True)
        for suffix in beside:
            tell(f"note: the {suffix} file beside it is written with --out FILE")
        return
    contents = entry.files(design, out)
    if arguments.weights is not None:
        from unetgen.model.source_weights import WEIGHTS

        contents[out.with_suffix(entry.weights)] = WEIGHTS[entry.name](design, Path(arguments.weights))
    publish(contents)
    files = [str(file) for file in contents]
    if arguments.json:
        print_json({"path": str(out), "format": entry.name, "files": files})
    elif not arguments.quiet:
        say(f"{', '.join(files)}: {entry.name}")


def _wrong_weights(entry: TextFormat, out: Path | None) -> list[str]:
    """What stands against writing weights beside the text."""
    if not entry.weights:
        known = " and ".join(row.name for row in TEXT_FORMATS.values() if row.weights)
        return [f"--weights is for {known}, and {entry.name} has none"]
    return [] if out is not None else ["--weights writes a file beside the source; name that with --out FILE"]


def _design(arguments: argparse.Namespace) -> Design:
    """That of the config, or that of the model."""
    from unetgen.commands.arguments import require_overrides
    from unetgen.config.loader import load_design
    from unetgen.errors import UnetgenError
    from unetgen.model.loading import design_of, is_model

    overrides = require_overrides(arguments.overrides)
    if is_model(arguments.source):
        return design_of(Path(arguments.source), arguments.config, overrides)
    if arguments.config is not None:
        raise UnetgenError(f"--config is for a model, and {arguments.source} is a config itself")
    return load_design(arguments.source, overrides)


def _export_model(arguments: argparse.Namespace, entry: Format, out: Path) -> None:
    """Write a trained model for another runtime, and run it there."""
    from unetgen.commands.arguments import print_json, require_overrides, say
    from unetgen.config.design import Design
    from unetgen.errors import UnetgenError
    from unetgen.model.exporting.format import Trained
    from unetgen.model.exporting.writing import export, require_exportable
    from unetgen.model.loading import design_of, known_design, loaded, require_model

    if arguments.weights is not None:
        raise UnetgenError(f"--weights is for sources; {entry.name} has the model's own")
    file = Path(arguments.source)
    overrides = require_overrides(arguments.overrides)
    require_exportable(out, entry)
    require_model(arguments.source, entry.name)
    difference = None
    design: Design | None
    is_needed = entry.is_planned or overrides or arguments.config
    if arguments.optimize and not entry.is_planned:
        from unetgen.model.optimizing import optimized_and_checked

        trained_design = design_of(file, arguments.config, overrides)
        optimized, difference = optimized_and_checked(file, trained_design)
        model, design = optimized.model, Design(optimized.config, trained_design.plan)
    else:
        design = design_of(file, arguments.config, overrides) if is_needed else known_design(file)
        model = loaded(file)
    trained = Trained(model, design, arguments.optimize, arguments.precision, arguments.quantize)
    preparing = _preparing(out, entry, file)
    written = export(trained, out, entry, arguments.unchecked, preparing)
    (prepared,) = preparing or [None]
    if arguments.json:
        said = {
            "path": str(out),
            "format": entry.name,
            "optimized": arguments.optimize,
            "difference": difference,
            "quantized": arguments.quantize,
            "preprocessing": None if prepared is None else str(prepared),
        }
        print_json(said | {"runtime_difference": written.difference, "not_checked": written.not_checked})
    elif not arguments.quiet:
        say(f"{out}: {entry.name}{', optimized' if arguments.optimize else ''}; {written}")
        if prepared is not None:
            say(f"{prepared}: how images are prepared for it, as in training")


def _preparing(out: Path, entry: Format, file: Path) -> dict[Path, str]:
    """What the training of the model in `file` did to images, and where it is written; empty where nothing is
    known."""
    from unetgen.model.exporting.saved_model import BESIDE
    from unetgen.predicting.loading import PREPROCESSING, known_preprocessing

    preprocessing = known_preprocessing(file)
    if preprocessing is None:
        return {}
    place = out.with_suffix(f".{PREPROCESSING}") if entry.suffix else out / BESIDE / PREPROCESSING
    return {place: preprocessing.to_json()}
