"""`unetgen transfer`: the weights of a trained model in another network."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from unetgen.config.design import Design

HELP = "the weights of a trained model in another network: other classes, channels, sizes, levels, kernels"
COMPUTES = True
EXAMPLE = """\
examples:
  unetgen transfer out/first/model.keras my.yaml num_classes=4 --out start.keras
  unetgen transfer out/first/model.keras my.yaml input.channels=4 --channels zero --out start.keras
  unetgen transfer out/first/model.keras my.yaml num_classes=3 --classes 0=background,2=cell --out start.keras
  unetgen transfer out/first/model.keras monai_mednext_s kernel=5 --kernels linear --out start.keras
  unetgen train run.yaml fit.start=start.keras fit.frozen=encoder fit.thaw=10 --out out/second

Layers go by their names, which say where they stand in the network. Where shapes differ, they stay as
initialized, and the table says so.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    from unetgen.commands.arguments import add_config, add_json, place

    parser.add_argument("source", metavar="SOURCE", help="a .keras file that unetgen or Keras has saved")
    add_config(parser)
    parser.add_argument("--out", type=place, metavar="FILE", required=True, help="the .keras file to write")
    parser.add_argument(
        "--channels",
        choices=["mean", "copy", "zero"],
        default="mean",
        help="what kernels do with other channels of the image: `mean` (the default) gives each the mean of "
        "the old ones, `copy` repeats them, both scaled; `zero` lets additional ones count nothing",
    )
    parser.add_argument(
        "--classes",
        metavar="NEW=OLD,...",
        help="the classes that are carried: the number in the new network, and the number or name in SOURCE; "
        "by default all where there are as many, else none",
    )
    parser.add_argument(
        "--kernels",
        choices=["equal", "linear"],
        default="equal",
        help="which kernels are carried: those of `equal` size (the default), or all, those of other sizes "
        "resized by `linear` interpolation, as MedNeXt's UpKern does",
    )
    printed = parser.add_mutually_exclusive_group()
    printed.add_argument("-q", "--quiet", action="store_true", help="print nothing but errors")
    add_json(printed)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    from pathlib import Path

    from unetgen.commands.arguments import print_json, require_overrides, say
    from unetgen.config.loader import load_design
    from unetgen.errors import UnetgenError
    from unetgen.model.loading import loaded, require_file
    from unetgen.model.saving import write_with_config
    from unetgen.model.transfer.transferring import require_not_optimized, transferred
    from unetgen.predicting.loading import PREPROCESSING, known_preprocessing

    source, out = Path(arguments.source), Path(arguments.out)
    _require_apart(source, out)
    require_file(source)
    design = load_design(arguments.config, require_overrides(arguments.overrides))
    require_not_optimized(source)
    preprocessing = known_preprocessing(source)
    classes = _classes(arguments.classes, preprocessing.classes if preprocessing else ())
    try:
        model, table = transferred(loaded(source), design, arguments.channels, classes, arguments.kernels)
    except UnetgenError as error:
        raise UnetgenError(f"{source}: {error}") from None
    is_kept = preprocessing is not None and _has_same_images_and_classes(source, design, classes)
    members = {PREPROCESSING: preprocessing.to_json()} if preprocessing and is_kept else {}
    write_with_config(model, design.config, out, members)
    if arguments.json:
        said = {"file": str(out), "source": str(source), "preprocessing": is_kept}
        print_json({**said, **table.as_dict()})
    elif not arguments.quiet:
        say(str(table))
        if preprocessing is not None:
            what = "is kept" if is_kept else "is not kept: the new network is for others"
            say(f"what is done to images before they are predicted {what}")
    return 0


def _require_apart(source: Path, out: Path) -> None:
    from unetgen.errors import UnetgenError
    from unetgen.files import unwritable

    wrong = unwritable([out], [".keras"])
    if out.exists() and source.exists() and out.samefile(source):
        wrong.append(f"{out}: is the source itself, which would be lost; name another file")
    if wrong:
        raise UnetgenError("\n".join(wrong))


def _classes(text: str | None, names: Sequence[str]) -> dict[int, int] | None:
    """The old numbers of new classes in `text`, such as ``0=background,2=1``; `names` are the old classes'.

    Raises `UnetgenError` with all that is wrong with it.
    """
    from unetgen.errors import UnetgenError, shown
    from unetgen.spelling import did_you_mean

    if text is None:
        return None
    classes: dict[int, int] = {}
    wrong = []
    for pair in text.split(","):
        new, sign, old = (part.strip() for part in pair.partition("="))
        if not (sign and _is_number(new) and old):
            wrong.append(
                f"must be numbers of new classes, each with an old one: 0=0,2=cell (got {shown(pair)})"
            )
        elif int(new) in classes:
            wrong.append(f"names the class {new} twice (got {shown(text)})")
        elif old in names:
            classes[int(new)] = names.index(old)
        elif _is_number(old):
            classes[int(new)] = int(old)
        elif names:
            wrong.append(f"the source has no class {shown(old)}; {did_you_mean(old, names)}")
        else:
            wrong.append(
                f"the source does not say what its classes are called; use numbers (got {shown(old)})"
            )
    if wrong:
        raise UnetgenError("\n".join(f"--classes: {each}" for each in wrong))
    return classes


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _has_same_images_and_classes(source: Path, design: Design, classes: dict[int, int] | None) -> bool:
    """Whether the new network is for the images of the old one, and its classes are the same."""
    from unetgen.model.loading import known_design

    known = known_design(source)
    if known is None or any(new != old for new, old in (classes or {}).items()):
        return False
    ours, theirs = design.config, known.config
    return (ours.dims, ours.input.channels, ours.num_classes) == (
        theirs.dims,
        theirs.input.channels,
        theirs.num_classes,
    )
