"""`unetgen predict`: trained models on files of images, each result a whole file or none."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unetgen.predicting.files import Errand
    from unetgen.predicting.predictor import Predictor

HELP = "predict files of images with a trained model, by tiles where they are large"
COMPUTES = True
EXAMPLE = """\
examples:
  unetgen predict out/model.keras images/ --out predictions
  unetgen predict model.keras brain.nii.gz --out brain_labels.nii.gz --mirror 0,1,2
  unetgen predict fold0.keras scans/*.nii.gz --with fold1.keras --with fold2.keras --out mean --probabilities
  unetgen predict model.keras pictures --out masks --format .png --batch 4 --overlap 0.25

A file that is there already, and newer than its image and the models, is left as it is and said so, whatever
options made it: an interrupted run goes on where it was. --again predicts all of them.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    from unetgen.commands.arguments import place
    from unetgen.commands.tiles import add_tiles

    parser.add_argument("model", metavar="MODEL", type=place, help="a trained model, a .keras file")
    parser.add_argument(
        "inputs", metavar="INPUT", type=place, nargs="+", help="files, folders, or patterns such as 'a/*.png'"
    )
    parser.add_argument(
        "--out", type=place, metavar="PATH", required=True, help="a folder, or for one image a file"
    )
    parser.add_argument(
        "--format", metavar="SUFFIX", help="of the files, such as .nii.gz; default: the images'"
    )
    parser.add_argument(
        "--probabilities", action="store_true", help="write the scores of all classes as channels, not labels"
    )
    parser.add_argument("--again", action="store_true", help="predict images whose files are there, too")
    add_tiles(parser)
    parser.add_argument("-q", "--quiet", action="store_true", help="print nothing but errors")


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    from pathlib import Path

    from unetgen.commands.arguments import say, tell
    from unetgen.commands.tiles import predictor_of
    from unetgen.predicting.files import errands, require_fit, require_inputs

    suffix = _suffix(arguments.format)
    require_inputs(arguments.inputs)  # it is said before a model is loaded, which takes seconds
    predictor, models = predictor_of(arguments)
    found, notes = errands(arguments.inputs, Path(arguments.out), suffix, predictor.channels)
    for note in notes:
        tell(f"note: {note}")
    waiting = [each for each in found if arguments.again or not each.is_done(models)]
    require_fit(waiting, predictor, arguments.probabilities)
    _predict_all(waiting, predictor, arguments)
    if not arguments.quiet:
        say(f"{len(waiting)} predicted: {arguments.out}")
        if there := len(found) - len(waiting):
            say(f"{there} left as they were, newer than image and models; --again predicts them too")
    return 0


def _suffix(text: str | None) -> str | None:
    """The suffix that ``--format`` names, with a dot; raises `UnetgenError` for one that is not written."""
    from unetgen.errors import UnetgenError
    from unetgen.images.files import WRITTEN

    if text is None:
        return None
    suffix = f".{text.lower().removeprefix('.')}"
    if suffix not in WRITTEN:
        raise UnetgenError(f"--format: must be one of {' '.join(WRITTEN)} (got {text!r})")
    return suffix


def _predict_all(waiting: list[Errand], predictor: Predictor, arguments: argparse.Namespace) -> None:
    """One after the other; those that cannot be predicted are told at the end, as an error."""
    from unetgen.errors import UnetgenError
    from unetgen.predicting.files import predict
    from unetgen.predicting.progress import FilesProgress

    wrong: list[str] = []
    with FilesProgress(len(waiting), show=not arguments.quiet) as progress:
        for errand in waiting:
            progress.begin(errand.case.name)
            try:
                predict(predictor, errand, arguments.probabilities, progress.tiles)
            except UnetgenError as error:
                wrong.append(str(error))
                progress.end(f"{errand.case.name}: failed")
            else:
                progress.end(str(errand.out))
    if wrong:
        done = len(waiting) - len(wrong)
        raise UnetgenError("\n".join([*wrong, f"{done} predicted, {len(wrong)} not"]))
