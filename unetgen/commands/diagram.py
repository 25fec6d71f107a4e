"""`unetgen diagram`: the figure for the paper."""

from __future__ import annotations

import argparse

HELP = "draw the figure for a paper: SVG, PDF, PNG, TikZ or HTML by suffix"
EXAMPLE = """\
examples:
  unetgen diagram unet3d_depth2 --out figure.pdf --width single
  unetgen diagram unet2d_2015 --out figure.svg --out figure.png --dpi 600
  unetgen diagram my.yaml depth=4 --view stage --width single --out figure.tex --caption
  unetgen diagram unet3d_depth2 unet3d_depth3 --out both.pdf
  unetgen diagram unet3d_depth2 unet3d_depth2 --b skip=add --out both.svg

one CONFIG is drawn, two are compared; all files of a call are written, or none
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    from unetgen.commands.arguments import add_out_files, positive

    parser.add_argument(
        "inputs",
        metavar="CONFIG",
        nargs="+",
        help="one config or two, by path or bundled name, then overrides k=v",
    )
    add_out_files(parser, ".svg .pdf .png .tex .html")
    parser.add_argument(
        "--a", dest="of_a", metavar="k=v", nargs="+", default=[], help="overrides for the first"
    )
    parser.add_argument(
        "--b", dest="of_b", metavar="k=v", nargs="+", default=[], help="overrides for the second"
    )
    parser.add_argument(
        "--view",
        choices=("block", "stage", "grid"),
        default="block",
        help="a box for every convolution (block), for every block (stage), "
        "a circle for every node (grid: nested and full-scale skips)",
    )
    parser.add_argument(
        "--width",
        default="double",
        help="single, double, lncs, ieee, nature, or a length such as 245pt, 122mm, 3.5in (double)",
    )
    parser.add_argument(
        "--theme", choices=("okabe", "gray", "classic", "dark"), default="okabe", help="colours (okabe)"
    )
    parser.add_argument("--cuboid", action="store_true", help="draw 3D tensors with their depth")
    parser.add_argument(
        "--scale",
        choices=("log", "sqrt", "linear"),
        default="log",
        help="how a box's width grows with channels (log)",
    )
    parser.add_argument(
        "--dpi",
        type=positive,
        default=300,
        metavar="N",
        help="pixels to the inch of a .png, 36 to 1200 (300)",
    )
    parser.add_argument("--caption", action="store_true", help="print alternative text and a LaTeX caption")


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    from pathlib import Path

    from unetgen.commands.arguments import is_override, require_overrides, say, tell
    from unetgen.config.loader import load_design
    from unetgen.config.standard_input import require_one_dash
    from unetgen.emit.figure.figure import checked, figure_of
    from unetgen.errors import UnetgenError

    configs = [text for text in arguments.inputs if not is_override(text)]
    both = [text for text in arguments.inputs if is_override(text)]
    sides = [require_overrides(arguments.of_a), require_overrides(arguments.of_b)]
    require_one_dash(configs)
    if not 1 <= len(configs) <= 2:
        raise UnetgenError(f"one CONFIG is drawn, two are compared (got {len(configs)})")
    if sides[1] and len(configs) == 1:
        raise UnetgenError("--b is for the second CONFIG, and there is one; name two, or give plain k=v")
    if not arguments.out and not arguments.caption:
        raise UnetgenError("nothing to do; say where to with --out FILE, or ask for --caption")
    files = checked(map(Path, arguments.out), arguments.dpi)
    drawn = [load_design(config, (*both, *side)) for config, side in zip(configs, sides, strict=False)]
    figure = figure_of(
        *drawn,
        view=arguments.view,
        width=arguments.width,
        theme=arguments.theme,
        cuboid=arguments.cuboid,
        scale=arguments.scale,
    )
    for note in figure.picture.notes:
        tell(f"note: {note}")
    for file in figure.save(*files, dpi=arguments.dpi):
        say(str(file))
    if arguments.caption:
        say(f"{figure.alt_text}\n\n{figure.caption}")
    return 0
