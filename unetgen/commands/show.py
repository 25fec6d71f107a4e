"""`unetgen show`: levels, layers, parameters, cost, memory and receptive field, without TensorFlow."""

from __future__ import annotations

import argparse

HELP = "levels, layers, parameters, MACs, memory and receptive field; no TensorFlow"
EXAMPLE = """\
examples:
  unetgen show unet3d_depth2
  unetgen show unet3d_depth2 depth=4 base_filters=16 --batch 2
  unetgen show unet3d_depth2 --optimize inference
  unetgen show quickstart2d --size 512,512 --levels
  unetgen show my.yaml --json | jq .params.total
  unetgen show

without a CONFIG it lists those of the folder and the bundled ones
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    from unetgen.commands.arguments import add_config, add_json, add_optimize, positive, size

    add_config(parser)
    add_optimize(parser)
    parser.add_argument(
        "--batch", type=positive, default=1, metavar="N", help="batch of the memory figures (1)"
    )
    parser.add_argument(
        "--size",
        type=size,
        metavar="H,W",
        help="tell of this size: of an axis that is free, or of a network built for it",
    )
    parser.add_argument("--levels", action="store_true", help="only the levels and totals, not every layer")
    add_json(parser)


def run_bare(_: argparse.Namespace) -> int:
    """Without a config: list what could be shown."""
    from unetgen.commands.arguments import line_width, say
    from unetgen.commands.offers import overview

    say(overview(line_width()))
    return 0


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    from unetgen.analysis.summary import Summary
    from unetgen.commands.arguments import print_json, require_overrides, say, with_optimize
    from unetgen.config.loader import at_size, load_design

    overrides = with_optimize(require_overrides(arguments.overrides), arguments.optimize)
    design = load_design(arguments.config, overrides)
    if arguments.size is not None:
        design = at_size(design, arguments.size)
    summary = Summary(design, arguments.batch)
    if arguments.json:
        print_json(summary.as_json())
        return 0
    from unetgen.emit.text.report import report

    say(report(summary, layers=not arguments.levels))
    return 0
