"""`unetgen train`: a network trained on one's own images."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from unetgen.training.callbacks import Teller

HELP = "train a network on images and masks, as a run file says"
COMPUTES = True
EXAMPLE = """\
examples:
  unetgen data images_and_masks --write-run run.yaml     a run file for a folder, to begin with
  unetgen train run.yaml --out out/first
  unetgen train run.yaml fit.epochs=200 model.depth=5 data.augment=nnunet --out out/deeper
  unetgen train run.yaml --out out/first --resume        goes on behind the last whole epoch
  unetgen train run.yaml fit.class_weights=median_frequency --out out/weighted
  unetgen train run.yaml fit.start=old.keras fit.frozen=encoder fit.thaw=10 --out out/second
  unetgen train run.yaml --out out/first --tensorboard   and `tensorboard --logdir out` shows all runs there
  unetgen train run.yaml fit.batch_size=8 --devices 4 --out out/faster    two patches on each of four GPUs
  unetgen predict out/first/model.keras new_images --out predictions

a run file:
  model: quickstart2d                                    a config's name or file, or a config itself
  data: {images: images, masks: masks, labels: {0: background, 255: cell}}
  fit: {epochs: 50, batch_size: 4}

files in DIR, each whole after every epoch:
  model.keras            the best epoch's model, with its config and what is done to images before it
  history.csv            a line for each epoch
  state.npz, state.json  what --resume goes on with
  class_weights.json     the weight of each class, where fit.class_weights is set
  run.resolved.yaml, config.resolved.yaml, preprocessing.json, unetgen.lock.json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    from unetgen.commands.arguments import add_json, place

    parser.add_argument("run_file", metavar="RUN", help="a run file: model, data, fit")
    parser.add_argument(
        "overrides", metavar="k=v", nargs="*", help="overrides, such as fit.epochs=20 model.depth=4"
    )
    parser.add_argument("--out", type=place, metavar="DIR", required=True, help="folder for all that is kept")
    parser.add_argument("--resume", action="store_true", help="go on with the run in DIR")
    parser.add_argument(
        "--tensorboard",
        action="store_true",
        help="write DIR/logs for TensorBoard; needs unetgen[tensorboard]",
    )
    parser.add_argument(
        "--devices",
        type=devices,
        metavar="N",
        help="how many GPUs of this machine share each batch, or all: a batch of fit.batch_size is split (1)",
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="print nothing but errors")
    add_json(parser)


def devices(text: str) -> int | Literal["all"]:
    """The type of the option that says how many devices: a positive whole number, or ``all``."""
    from unetgen.commands.arguments import positive
    from unetgen.errors import shown

    try:
        return "all" if text == "all" else positive(text)
    except argparse.ArgumentTypeError:
        message = f"must be a positive whole number, or all (got {shown(text)})"
        raise argparse.ArgumentTypeError(message) from None


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    from pathlib import Path

    from unetgen.commands.arguments import print_json, require_overrides, say
    from unetgen.runs.loader import load_run
    from unetgen.training.fitting import silent, train

    loaded = load_run(arguments.run_file, require_overrides(arguments.overrides))
    is_silent = arguments.quiet or arguments.json
    trained = train(
        loaded,
        Path(arguments.out),
        resume=arguments.resume,
        teller=silent if is_silent else told,
        tensorboard=arguments.tensorboard,
        devices=arguments.devices,
    )
    if arguments.json:
        print_json(
            {
                "folder": str(trained.folder),
                "best_epoch": trained.best,
                "started": None if trained.started is None else trained.started.as_dict(),
                "class_weights": trained.class_weights,
                "notes": trained.notes,
                "history": [dict(row) for row in trained.history.rows],
            }
        )
    elif not arguments.quiet:
        if trained.best is not None:
            say(f"{trained.model_file}: epoch {trained.best} of {len(trained.history.rows)}, the best")
        from unetgen.shell import command_line

        predict = command_line("unetgen", "predict", trained.model_file, "IMAGES", "--out", "DIR")
        say(f"`{predict}` predicts with it")
    return 0


def told(epochs: int, steps: int) -> AbstractContextManager[Teller]:
    """A bar where standard error is a terminal; a line for each epoch on standard output anywhere."""
    from collections.abc import Iterator
    from contextlib import contextmanager, nullcontext

    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from unetgen.commands.arguments import say
    from unetgen.training.telling import Bar, Lines

    console = Console(stderr=True)
    if not console.is_terminal:
        return nullcontext(Lines(epochs, say))

    @contextmanager
    def bar() -> Iterator[Teller]:
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[loss]}"))
        with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as progress:
            yield Bar(epochs, steps, progress)

    return bar()
