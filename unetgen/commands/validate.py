"""`unetgen validate`: is this a config, and if not, everything that is wrong with it."""

from __future__ import annotations

import argparse

HELP = "check configs; exit 2 with every problem's file, line and column"
EXAMPLE = """\
examples:
  unetgen validate my.yaml
  unetgen validate configs/*.yaml
  unetgen validate unet3d_depth2 depth=4 'input.shape=[128,128,64]'
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "inputs",
        metavar="CONFIG",
        nargs="+",
        help="configs by path, bundled name or - for stdin, then overrides k=v",
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="say nothing about configs that are valid")


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    from unetgen.commands.arguments import is_override, say, tell
    from unetgen.config.loader import load_design
    from unetgen.config.standard_input import require_one_dash
    from unetgen.emit.text.free_axes import free_axes_text
    from unetgen.errors import UnetgenError

    overrides = [text for text in arguments.inputs if is_override(text)]
    configs = [text for text in arguments.inputs if not is_override(text)]
    require_one_dash(configs)
    if not configs:
        raise UnetgenError("no CONFIG given, only overrides; name a file or a bundled config first")
    first: UnetgenError | None = None
    for config in configs:
        try:
            design = load_design(config, overrides)
        except UnetgenError as error:
            tell(error)
            first = first or error
        else:
            if not arguments.quiet:
                say(f"{config}: valid, {design.plan.params:,} parameters{free_axes_text(design)}")
    if first is not None:
        from unetgen.commands.pages import name_page

        name_page(first, "validate")
    return 2 if first else 0
