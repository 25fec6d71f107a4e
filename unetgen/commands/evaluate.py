"""`unetgen evaluate`: predictions held against masks, as tables."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unetgen.data.case import Case
    from unetgen.data.labels import Classes
    from unetgen.predicting.evaluating import Evaluation, Predicted

HELP = "hold predictions against masks: overlap and surface distances per case and class"
COMPUTES = True
EXAMPLE = """\
examples:
  unetgen evaluate --predictions out/ --masks masks/ --labels 0=background,255=cell
  unetgen evaluate --predictions out/ --masks masks/ --out cases.csv --out report.html
  unetgen evaluate model.keras --images images/ --masks masks/ --ignore 255 --json
  unetgen evaluate out/first/model.keras run.yaml --split all

Predictions or images and masks belong together by their names, as in a data set. Without --labels, each
value is a class. A measure is left out of a mean where it is not defined: where a class is neither in the
mask nor in the prediction; precision where nothing is predicted, recall where nothing is in the mask, and
surface distances where one of the two is empty. The mean over classes leaves out the background, class 0.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    from unetgen.commands.arguments import add_json, add_out_files, place
    from unetgen.commands.tiles import add_tiles

    parser.add_argument(
        "model", metavar="MODEL", nargs="?", type=place, help="a trained model that predicts --images first"
    )
    parser.add_argument(
        "run_file", metavar="RUN", nargs="?", type=place, help="a run file, whose images MODEL predicts"
    )
    parser.add_argument(
        "--split",
        choices=["validation", "train", "all"],
        help="which cases of RUN; default validation",
    )
    parser.add_argument(
        "--predictions", type=place, metavar="DIR", help="predicted labels, in place of MODEL"
    )
    parser.add_argument("--images", type=place, metavar="DIR", help="what MODEL predicts")
    parser.add_argument("--masks", type=place, metavar="DIR", help="what is true")
    parser.add_argument(
        "--labels",
        metavar="V=NAME,...",
        type=_labels,
        help="the values in masks and predictions with the names of their classes, the background first",
    )
    parser.add_argument(
        "--ignore", metavar="V", type=_value, help="a value in masks whose positions do not count"
    )
    parser.add_argument(
        "--no-distances", action="store_true", help="leave out surface distances, which take most of the time"
    )
    add_tiles(parser)
    add_out_files(parser, ".csv .json .html")
    printed = parser.add_mutually_exclusive_group()
    printed.add_argument("-q", "--quiet", action="store_true", help="print nothing but errors")
    add_json(printed)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    from pathlib import Path

    from unetgen.commands.arguments import print_json, say
    from unetgen.errors import UnetgenError
    from unetgen.files import publish, unwritable
    from unetgen.predicting.tables import WRITERS, text

    outs = [Path(out) for out in arguments.out]
    if wrong := [*_misuse(arguments), *unwritable(outs, list(WRITERS))]:
        raise UnetgenError("\n".join(wrong))
    evaluation = _evaluated(arguments)
    publish(
        {out: WRITERS[out.suffix.lower()](evaluation).encode("utf-8", "backslashreplace") for out in outs}
    )
    if arguments.json:
        print_json(evaluation.as_dict())
    elif not arguments.quiet:
        say(text(evaluation))
    return 0


def _misuse(arguments: argparse.Namespace) -> list[str]:
    """What is wrong with the options together."""
    if arguments.run_file is not None:
        said = ("predictions", "images", "masks", "labels", "ignore")
        given = [name for name in said if getattr(arguments, name) is not None]
        return [f"--{name}: RUN says it; leave it out" for name in given]
    wrong = [] if arguments.split is None else ["--split: needs RUN"]
    if arguments.masks is None:
        wrong.append("--masks: is missing, or a RUN behind MODEL")
    return wrong + _misuse_without_run(arguments)


def _misuse_without_run(arguments: argparse.Namespace) -> list[str]:
    if arguments.model is None:
        wrong = ["--predictions: is missing, or MODEL with --images"] if arguments.predictions is None else []
        return wrong + (["--images: needs MODEL, which predicts them"] if arguments.images else [])
    wrong = ["--images: is missing; MODEL predicts them"] if arguments.images is None else []
    if arguments.predictions is not None:
        wrong.append("--predictions: is there already; leave it out, or MODEL and --images")
    if arguments.labels is not None:
        wrong.append("--labels: the model knows its classes; leave it out")
    return wrong


def _evaluated(arguments: argparse.Namespace) -> Evaluation:
    from unetgen.data.labels import Classes
    from unetgen.predicting.evaluating import cases_of, evaluate, predicted_by, read_prediction
    from unetgen.predicting.progress import FilesProgress

    classes: Classes | None = None
    ignore = arguments.ignore
    if arguments.run_file is not None:
        cases, ignore = _cases_of_run(arguments.run_file, arguments.split or "validation")
    else:
        cases = cases_of(arguments.predictions or arguments.images, arguments.masks)
    predicted: Predicted = read_prediction
    if arguments.labels is not None:
        classes = Classes.named(arguments.labels, arguments.ignore)
    if arguments.model is not None:
        from unetgen.commands.tiles import predictor_of

        predictor, _ = predictor_of(arguments)
        predicted, classes = predicted_by(predictor), predictor.mask_classes(ignore)
    with FilesProgress(len(cases), show=not arguments.quiet and not arguments.json) as progress:
        return evaluate(
            progress.over(cases),
            predicted,
            classes,
            ignore=ignore,
            distances=not arguments.no_distances,
        )


def _cases_of_run(file: str, split: str) -> tuple[tuple[Case, ...], int | None]:
    """The cases of one side of a run's split, and the value that does not count."""
    from unetgen.data.checking import check_data
    from unetgen.errors import UnetgenError
    from unetgen.runs.loader import load_run
    from unetgen.runs.takes import network_takes

    run = load_run(file)
    findings = check_data(run.config.data, run.folder, run.config.seed, network_takes(run.design))
    findings.require()
    sides = findings.sides
    names = {"train": sides.train, "validation": sides.validation, "all": (*sides.train, *sides.validation)}
    cases = {facts.case.name: facts.case for facts in findings.survey.cases}
    if not names[split]:
        raise UnetgenError(f"{file}: its split leaves no case for {split}; --split all takes every one")
    return tuple(cases[name] for name in names[split]), run.config.data.ignore


def _labels(text: str) -> dict[int, str]:
    labels: dict[int, str] = {}
    for part in text.split(","):
        value, is_named, name = part.partition("=")
        if not is_named or not name.strip():
            raise argparse.ArgumentTypeError(f"must be such as 0=background,255=cell (got {text!r})")
        number = _value(value)
        if number in labels:
            raise argparse.ArgumentTypeError(f"names {number} twice (got {text!r})")
        labels[number] = name.strip()
    return labels


def _value(text: str) -> int:
    digits = text.strip().removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 11):
        raise argparse.ArgumentTypeError(f"must be a whole number, a value in masks (got {text!r})")
    return int(text)
