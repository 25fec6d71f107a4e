"""Arguments of the commands that predict whole images: which models, and how they see the tiles."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from unetgen.predicting.predictor import Predictor


def add_tiles(parser: argparse.ArgumentParser) -> None:
    """Further models, and the options of tiles."""
    from unetgen.commands.arguments import place, positive, size
    from unetgen.predicting.tiling import WEIGHTINGS

    parser.add_argument(
        "--with",
        dest="others",
        metavar="MODEL",
        type=place,
        action="append",
        default=[],
        help="a further model, whose scores are averaged with the first one's; may be given several times",
    )
    parser.add_argument(
        "--overlap", metavar="PART", type=_part, default=0.5, help="of a tile, with the next one; default 0.5"
    )
    parser.add_argument(
        "--weighting",
        choices=list(WEIGHTINGS),
        default="gaussian",
        help="what a tile's positions count for where tiles overlap; default gaussian",
    )
    parser.add_argument(
        "--mirror",
        metavar="AXES",
        type=_axes,
        default=(),
        help="average over the image mirrored along these axes, such as 0,1, or `all`",
    )
    parser.add_argument(
        "--batch", type=positive, default=1, metavar="N", help="tiles that are predicted at a time; default 1"
    )
    parser.add_argument(
        "--tile",
        type=size,
        metavar="N,N",
        help="the tile's size, for a network of free size; default: the whole image where it is small enough",
    )
    parser.add_argument(
        "--margin",
        type=_margin,
        default=0,
        metavar="N",
        help="positions at the border of each tile that are not used; beyond the receptive field, tiles give "
        "what the whole image would",
    )


def predictor_of(arguments: argparse.Namespace) -> tuple[Predictor, list[Path]]:
    """The predictor that these arguments ask for, and the files that it was made of."""
    from pathlib import Path

    from unetgen.predicting.loading import PREPROCESSING, load_predictor
    from unetgen.predicting.settings import Settings

    files = [Path(file) for file in (arguments.model, *arguments.others)]
    settings = Settings(
        overlap=arguments.overlap,
        weighting=arguments.weighting,
        mirror=arguments.mirror,
        batch_size=arguments.batch,
        tile=arguments.tile,
        margin=arguments.margin,
    )
    beside = {file.parent / PREPROCESSING for file in files}
    return load_predictor(files, settings), [*files, *(file for file in beside if file.is_file())]


def _part(text: str) -> float:
    try:
        part = float(text)
    except ValueError:
        part = -1.0
    if not 0 <= part < 1:
        raise argparse.ArgumentTypeError(f"must be a number from 0 to less than 1 (got {text!r})")
    return part


def _axes(text: str) -> tuple[int, ...] | str:
    from unetgen.commands.arguments import whole
    from unetgen.predicting.settings import ALL_AXES

    return ALL_AXES if text == ALL_AXES else tuple(whole(part) for part in text.split(","))


def _margin(text: str) -> tuple[int, ...] | int:
    from unetgen.commands.arguments import whole

    parts = tuple(whole(part) for part in text.split(","))
    return parts if len(parts) > 1 else parts[0]
