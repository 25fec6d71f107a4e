"""`unetgen measure`: a network in every runtime that there is, timed on this machine."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unetgen.measuring.measure import MeasureRequest

HELP = "how fast a network is on this machine, in Keras and every other runtime"
EXAMPLE = """\
examples:
  unetgen measure my.yaml
  unetgen measure unet3d_depth2 input.shape=[96,96,16] --what inference
  unetgen measure quickstart2d input.reference=[512,512] --runtimes keras,openvino
  unetgen measure my.yaml --quick
  unetgen measure out/model.keras --json > times.json
  unetgen measure my.yaml --markdown times.md --out files

Every runtime that is installed computes the same network with the same weights on this machine's CPU, each in
a process of its own, and all take turns: what slows the machine meets all of them. Nothing else should run
meanwhile. The rows:

  keras        as declared; in channels last; optimized; optimized in bfloat16
  torch        the printed PyTorch source: eager and compiled, in float32 and bfloat16
  onnxruntime, openvino, litert      the files of `unetgen export --optimize`

and the columns:

  a call       the median of the turns; a training step is one of the config's `compile` section
  / fastest    the median of the turns' ratios, the smallest and the largest
  GMAC/s       multiplications of the plan as declared, in a second; a training step counts three times them
  of matmul    that as a part of what a large product of matrices reaches, in the same precision and run; more
               than 100 % where a rewrite needs fewer multiplications
  peak         memory of making it and its first call, above its process with the framework imported
  difference   of the outputs from those of Keras as declared, over the largest; in training of the first loss

An axis without a size is measured at `input.reference`. A .keras file is measured with its own weights; else
they are drawn, the statistics of norms too.
"""
QUICK_REPEATS, QUICK_LIMIT = 3, 60.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    from unetgen.commands.arguments import add_json, place, positive

    parser.add_argument(
        "source", metavar="CONFIG|MODEL", help="a .yaml file or a bundled config's name; or a .keras file"
    )
    parser.add_argument("overrides", metavar="k=v", nargs="*", help="overrides of the config")
    parser.add_argument("--what", choices=["inference", "training", "both"], default="both")
    parser.add_argument(
        "--runtimes",
        type=lambda text: tuple(filter(None, text.split(","))),
        default=(),
        metavar="NAME,...",
        help="rows or groups of them, between commas; Keras as declared is always measured (all)",
    )
    parser.add_argument("--batch", type=positive, default=1, metavar="N", help="samples of a call (1)")
    parser.add_argument(
        "--repeats", type=positive, metavar="N", help="turns of each; less than 7 tell little (7)"
    )
    parser.add_argument(
        "--limit",
        type=positive,
        metavar="SECONDS",
        help="what may take no longer: making a row, one call of it; and all its turns, after three (300)",
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help=f"{QUICK_REPEATS} turns and a limit of {QUICK_LIMIT:g} s: a first impression",
    )
    parser.add_argument("--out", type=place, metavar="DIR", help="keep the exported files there")
    parser.add_argument("--markdown", type=place, metavar="FILE", help="write the tables as Markdown too")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    import tempfile

    from unetgen.commands.arguments import print_json, say, tell
    from unetgen.errors import UnetgenError
    from unetgen.files import publish, unwritable
    from unetgen.measuring.measure import measure
    from unetgen.measuring.text import as_markdown, as_text

    page = Path(arguments.markdown) if arguments.markdown else None
    if page is not None and (wrong := unwritable([page], [".md"])):
        raise UnetgenError("\n".join(wrong))
    if arguments.out is not None:
        _require_writable(Path(arguments.out))
    with tempfile.TemporaryDirectory(prefix="unetgen-measure-") as folder:
        measurement = measure(_request(arguments, Path(folder)), tell)
    if page is not None:
        publish({page: as_markdown(measurement, f"## {measurement.subject.name}").encode()})
    if arguments.json:
        print_json(measurement.as_dict())
    else:
        say(as_text(measurement))
    return 0


def _require_writable(out: Path) -> None:
    """Raise `UnetgenError` where the folder `out` could not be written: it is filled minutes later."""
    import os

    from unetgen.errors import UnetgenError

    there = next(place for place in (out.absolute(), *out.absolute().parents) if place.exists())
    if not there.is_dir():
        raise UnetgenError(f"{there}: is a file, not a folder; name another with --out DIR")
    if not os.access(there, os.W_OK):
        raise UnetgenError(f"{there}: cannot be written to; change its permissions or name another folder")


def _request(arguments: argparse.Namespace, folder: Path) -> MeasureRequest:
    """What was asked for. The config of a model, and one from standard input, are written into `folder`, for
    the processes of the sides."""
    from unetgen.commands.arguments import require_overrides
    from unetgen.config.loader import load_design
    from unetgen.config.resolved import seen_from_anywhere, to_yaml
    from unetgen.config.standard_input import DASH
    from unetgen.measuring.measure import MeasureRequest
    from unetgen.measuring.runtimes import chosen_ways
    from unetgen.model.loading import design_of, is_model
    from unetgen.model.saving import CONFIG

    overrides, model = require_overrides(arguments.overrides), None
    ways = chosen_ways(arguments.runtimes)
    config = arguments.source
    if is_model(config):
        model = Path(config)
        design = design_of(model, None, overrides)
    else:
        design = load_design(config, overrides)
    if model is not None or config == DASH:
        config = str(folder / CONFIG)
        Path(config).write_text(to_yaml(seen_from_anywhere(design.config)), encoding="utf-8")
        overrides = overrides if model is not None else ()  # the file has them
    quick = (QUICK_REPEATS, QUICK_LIMIT) if arguments.quick else (7, 300.0)
    limit = float(arguments.limit or quick[1])
    return MeasureRequest(
        config,
        overrides,
        design,
        model,
        whats=("inference", "training") if arguments.what == "both" else (arguments.what,),
        ways=ways,
        batch=arguments.batch,
        repeats=arguments.repeats or quick[0],
        limit=limit,
        patience=limit,
        out=Path(arguments.out) if arguments.out else None,
    )
