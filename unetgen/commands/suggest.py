"""`unetgen suggest`: a config for a data set, by nnU-Net's rules and within a memory."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unetgen.suggesting.budget import MemoryBudget

HELP = "a config for one's images, by nnU-Net's rules and within a memory"
EXAMPLE = """\
examples:
  unetgen suggest pictures --memory 8GiB --out suggested.yaml
  unetgen suggest run.yaml --memory 12GiB --dims 2
  unetgen suggest run.yaml data.slices=2 --memory 8GiB --precision mixed_bfloat16
  unetgen suggest run.yaml --memory 8GiB --resolution low --out coarse.yaml
  unetgen suggest run.yaml --memory nnunet --residual --json
  unetgen suggest run.yaml --preset L --out large.yaml

the file says why each field is as it is, and with which commands the network is trained
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    from unetgen.analysis.memory import BYTES
    from unetgen.commands.arguments import add_json, place

    parser.add_argument("target", type=place, metavar="RUN|DIR", help="a run file, or a folder of images")
    parser.add_argument("overrides", metavar="k=v", nargs="*", help="overrides of RUN, such as data.slices=2")
    limit = parser.add_mutually_exclusive_group(required=True)
    limit.add_argument(
        "--memory",
        type=_budget,
        metavar="SIZE",
        help="what a training step may take, such as 8GiB, as `unetgen show` predicts it; or `nnunet`: as "
        "large as nnU-Net makes its networks, for a GPU of 8 GB by its own measure",
    )
    limit.add_argument(
        "--preset",
        choices=["M", "L", "XL"],
        help="in place of --memory: nnU-Net's residual encoder as large as it makes it for a GPU of 8, 24 or "
        "40 GB",
    )
    parser.add_argument("--out", type=place, metavar="FILE", help="a .yaml file, in place of stdout")
    parser.add_argument(
        "--dims", type=int, choices=[2, 3], help="a network of so many axes (those of the images or slices)"
    )
    parser.add_argument("--residual", action="store_true", help="with nnU-Net's residual encoder")
    parser.add_argument(
        "--precision", choices=list(BYTES), help="of training (that of RUN's network, or float32)"
    )
    parser.add_argument(
        "--resolution",
        choices=["full", "low"],
        default="full",
        help="low: for coarser images, as nnU-Net plans where a patch shows too little of one",
    )
    add_json(parser)


def _budget(text: str) -> MemoryBudget:
    from unetgen.commands.arguments import amount
    from unetgen.suggesting.budget import NNUNET, budget_of

    return budget_of(NNUNET if text == NNUNET else amount(text))


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    from pathlib import Path

    from unetgen.commands.arguments import print_json, require_overrides, say, tell
    from unetgen.errors import UnetgenError
    from unetgen.files import unwritable
    from unetgen.suggesting.budget import NNUNET
    from unetgen.suggesting.suggestion import UNWRITTEN, Wishes, suggestion_for

    target, out = Path(arguments.target), None if arguments.out is None else Path(arguments.out)
    wrong = unwritable([] if out is None else [out], [".yaml"])
    if arguments.overrides and target.is_dir():
        wrong.append(f"{target}: overrides are of a run file; `unetgen data` writes one of this folder")
    if out is not None and out.exists() and target.exists() and out.samefile(target):
        wrong.append(f"{out}: is the run file itself; name another")
    if wrong:
        raise UnetgenError("\n".join(wrong))
    preset = arguments.preset
    wishes = Wishes(arguments.dims, arguments.residual, arguments.precision, arguments.resolution, preset)
    asked = require_overrides(arguments.overrides)
    budget = _budget(NNUNET) if preset else arguments.memory
    suggestion = suggestion_for(target, budget, wishes, out or UNWRITTEN, asked)
    text = suggestion.text
    if out is not None:
        suggestion.save()
    for note in suggestion.notes:
        tell(f"note: {note}")
    if arguments.json:
        print_json(suggestion.as_json())
    else:
        say(
            text.rstrip("\n")
            if out is None
            else "\n".join([f"{out}: {suggestion.told}", *suggestion.commands])
        )
    return 0
