"""`unetgen optimize`: a trained model rewritten so that it predicts the same, faster."""

from __future__ import annotations

import argparse

HELP = "a trained model as one that predicts the same, faster and in less memory"
COMPUTES = True
EXAMPLE = """\
examples:
  unetgen optimize out/article/model.keras --out fast.keras
  unetgen optimize trained.keras --config my.yaml depth=4 --out fast.keras
  unetgen optimize trained.keras --config my.yaml --precision mixed_bfloat16 --out fast.keras

The config is in the model.keras that `unetgen build` writes. Keras leaves it out when it saves a model again;
then the config.resolved.yaml beside the model counts, or --config. `unetgen.save` keeps it in the file.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    from unetgen.commands.arguments import add_json, add_model, place

    add_model(parser)
    parser.add_argument("--out", type=place, metavar="FILE", required=True, help="the .keras file to write")
    parser.add_argument(
        "--precision",
        choices=["float32", "float64", "mixed_bfloat16", "mixed_float16"],
        help="compute in this one; by default the config's",
    )
    printed = parser.add_mutually_exclusive_group()
    printed.add_argument("-q", "--quiet", action="store_true", help="print nothing but errors")
    add_json(printed)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    from pathlib import Path

    from unetgen.commands.arguments import print_json, require_overrides, say
    from unetgen.errors import UnetgenError
    from unetgen.files import unwritable
    from unetgen.model.loading import design_of

    file, out = Path(arguments.model), Path(arguments.out)
    wrong = unwritable([out], [".keras"])
    if out.exists() and file.exists() and out.samefile(file):
        wrong.append(f"{out}: is the model itself, which would be lost; name another file")
    if wrong:
        raise UnetgenError("\n".join(wrong))
    design = design_of(file, arguments.config, require_overrides(arguments.overrides))
    from unetgen.model.optimizing import optimize_file
    from unetgen.predicting.loading import PREPROCESSING, known_preprocessing

    preprocessing = known_preprocessing(file)
    members = None if preprocessing is None else {PREPROCESSING: preprocessing.to_json()}
    optimized = optimize_file(file, design, out, arguments.precision, members)
    if arguments.json:
        print_json(optimized.as_dict())
    elif not arguments.quiet:
        say(optimized.as_text())
    return 0
