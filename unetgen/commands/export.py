"""`unetgen export`: a trained model in the format of another runtime."""

from __future__ import annotations

import argparse

HELP = "a trained model as SavedModel, ONNX, OpenVINO or LiteRT"
COMPUTES = True
EXAMPLE = """\
examples:
  unetgen export model.keras --out serving/1
  unetgen export model.keras --out model.onnx --optimize
  unetgen export trained.keras --config my.yaml --optimize --out model.tflite

formats, by --format or the suffix of --out:
  saved_model  a folder for TensorFlow Serving and `loaded = tf.saved_model.load(DIR); loaded.serve(x)`
  onnx         a .onnx file of opset 20; pip install 'unetgen[onnx]'
  openvino     an .xml and a .bin file; pip install 'unetgen[openvino]'
  litert       a .tflite file
onnx, openvino and litert are written from the model's config: the one in or beside its file, or --config.
What is written is run in its own runtime, where that is installed, and compared with Keras.
The file or folder is written whole or not at all.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    from unetgen.commands.arguments import add_json, add_model, place
    from unetgen.model.exporting.formats import FORMATS

    add_model(parser)
    parser.add_argument(
        "--out", type=place, metavar="PATH", required=True, help="the file, or the folder, to write"
    )
    parser.add_argument("--format", choices=list(FORMATS), help="the format; by default as --out says")
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
    printed = parser.add_mutually_exclusive_group()
    printed.add_argument("-q", "--quiet", action="store_true", help="print nothing but errors")
    add_json(printed)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    from pathlib import Path

    from unetgen.commands.arguments import print_json, require_overrides, say
    from unetgen.config.design import Design
    from unetgen.model.exporting.format import Trained
    from unetgen.model.exporting.formats import FORMATS, format_of
    from unetgen.model.exporting.writing import export, require_exportable
    from unetgen.model.loading import design_of, known_design, loaded, require_file

    file, out = Path(arguments.model), Path(arguments.out)
    overrides = require_overrides(arguments.overrides)
    name = format_of(out, arguments.format)
    require_exportable(out, FORMATS[name])
    require_file(file)
    entry, difference = FORMATS[name], None
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
    written = export(trained, out, entry, arguments.unchecked)
    if arguments.json:
        said = {"path": str(out), "format": name, "optimized": arguments.optimize, "difference": difference}
        said |= {"quantized": arguments.quantize}
        print_json(said | {"runtime_difference": written.difference, "not_checked": written.not_checked})
    elif not arguments.quiet:
        say(f"{out}: {name}{', optimized' if arguments.optimize else ''}; {written}")
    return 0
