"""`unetgen diff`: what differs between two configs: fields, layers, parameters and cost."""

from __future__ import annotations

import argparse

HELP = "fields and layers that differ between two configs, parameters and MACs with the delta"
EXAMPLE = """\
examples:
  unetgen diff unet3d_depth2 unet3d_depth3
  unetgen diff unet2d_2015 my.yaml --json
  unetgen diff unet3d_depth2 unet3d_depth2 --b depth=4 up=transposed
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    from unetgen.commands.arguments import add_json

    parser.add_argument("a", metavar="A", help="a .yaml file, or the name of a bundled config")
    parser.add_argument("b", metavar="B", help="the other one")
    parser.add_argument("overrides", metavar="k=v", nargs="*", help="overrides for both, in Hydra's grammar")
    parser.add_argument("--a", dest="of_a", metavar="k=v", nargs="+", default=[], help="overrides for A only")
    parser.add_argument("--b", dest="of_b", metavar="k=v", nargs="+", default=[], help="overrides for B only")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    from unetgen.analysis.comparison import compare
    from unetgen.analysis.summary import Summary
    from unetgen.commands.arguments import print_json, require_overrides, say
    from unetgen.config.loader import load_design
    from unetgen.config.standard_input import require_one_dash
    from unetgen.emit.text.comparison import comparison_text

    require_one_dash([arguments.a, arguments.b])
    both = require_overrides(arguments.overrides)
    a = Summary(load_design(arguments.a, (*both, *require_overrides(arguments.of_a))))
    b = Summary(load_design(arguments.b, (*both, *require_overrides(arguments.of_b))))
    comparison = compare(a, b)
    if arguments.json:
        print_json(comparison.as_json())
    else:
        say(comparison_text(comparison))
    return 0
