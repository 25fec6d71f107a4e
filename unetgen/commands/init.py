"""`unetgen init`: a first config, from options or from a few questions."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from unetgen.visible import visible

if TYPE_CHECKING:
    from unetgen.starting.answers import Answers, Given
    from unetgen.starting.questions import Question

T = TypeVar("T")
HELP = "start here: a first config from a few questions, commented and valid"
EXAMPLE = """\
examples:
  unetgen init
  unetgen init cells.yaml --for microscopy --size 256,256 --channels 3 --classes 2
  unetgen init brain.yaml --for medical --size 160,160,64 --channels 4 --classes 4
  unetgen init - --for restoration --dims 3 > denoise.yaml

on a terminal it asks for what no option says; elsewhere, and with --yes, that takes its default, and the
file says so. Where images are there already, `unetgen suggest` plans a network for them.

purposes:
"""
PRINTED = "-"
"""In place of a file: the config goes to standard output."""
SUFFIXES = (".yaml",)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    from unetgen.commands.arguments import place
    from unetgen.starting.answers import DIMS, count_of, dims_of, size_of
    from unetgen.starting.purposes import PURPOSES
    from unetgen.starting.questions import purposes_text

    parser.epilog = f"{EXAMPLE}{purposes_text()}"
    parser.add_argument(
        "file",
        type=place,
        nargs="?",
        default="my_unet.yaml",
        metavar="FILE",
        help=f"the config to write (my_unet.yaml); `{PRINTED}` prints it",
    )
    parser.add_argument(
        "--for",
        dest="purpose",
        choices=tuple(PURPOSES),
        metavar="PURPOSE",
        help="what the network is for; the other defaults follow from it",
    )
    parser.add_argument(
        "--dims", type=_checked(dims_of), choices=DIMS, metavar="N", help="spatial axes: 1, 2 or 3"
    )
    parser.add_argument(
        "--size",
        type=_checked(size_of),
        metavar="H,W[,D]",
        help="of an image or patch: a number for each axis, or one for all; `any` for any size",
    )
    parser.add_argument("--channels", type=_checked(count_of), metavar="N", help="of an image")
    parser.add_argument(
        "--classes",
        type=_checked(count_of),
        metavar="N",
        help="with the background as one of them; 1: one class against the background, by a sigmoid",
    )
    parser.add_argument("-y", "--yes", action="store_true", help="ask nothing, take the defaults")
    parser.add_argument("--force", action="store_true", help="replace FILE if it is there")


def _checked(parse: Callable[[str], T]) -> Callable[[str], T]:
    """The type of an option: `parse`, whose refusal argparse tells with the option's name."""

    def option(text: str) -> T:
        from unetgen.errors import UnetgenError

        try:
            return parse(text)
        except UnetgenError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return option


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    from unetgen.commands.arguments import say
    from unetgen.emit.text.free_axes import free_axes_text
    from unetgen.files import publish
    from unetgen.starting.answers import Given
    from unetgen.starting.purposes import PURPOSES
    from unetgen.starting.text import config_text, design_of, name_for

    is_printed = arguments.file == PRINTED
    file = Path(arguments.file)
    if not is_printed:
        _require_writable(file, arguments.force)
    purpose = PURPOSES.get(arguments.purpose)
    given = Given(purpose, arguments.dims, arguments.size, arguments.channels, arguments.classes)
    given.answers()  # what was said has to go together before more is asked
    if not arguments.yes and sys.stdin.isatty() and sys.stderr.isatty():
        given = _asked(given, "the config" if is_printed else str(file))
    answers = given.answers()
    name = None if is_printed else name_for(file.stem)
    text, design = config_text(answers, name), design_of(answers, name)
    if is_printed:
        say(text.rstrip("\n"), is_file=True)
        return 0
    _require_writable(file, arguments.force)
    publish({file: text.encode("utf-8")})
    levels, params = design.config.depth, design.plan.params
    say(f"{file}: {levels} levels, {params:,} parameters{free_axes_text(design)}")
    say(_next(answers, file))
    return 0


def _require_writable(file: Path, is_forced: bool) -> None:
    from unetgen.errors import UnetgenError
    from unetgen.files import unwritable

    problems = unwritable([file], SUFFIXES)
    if not problems and file.exists() and not is_forced:
        problems.append(f"{file}: is there already; name another, or replace it with --force")
    if problems:
        raise UnetgenError("\n".join(problems))


def _next(answers: Answers, file: Path) -> str:
    """The next commands, in words and as they can be pasted into a shell."""
    from unetgen.site import SITE
    from unetgen.starting.next_steps import PICTURES, commands, training_commands

    lines = ["next, look at it, draw it and build it:", *_indented(commands(file))]
    if training := training_commands(answers, file):
        lines += [
            f"and train it, with images and masks in a folder, here `{PICTURES}`:",
            *_indented(training),
        ]
    else:
        lines.append(f"and train what is built with Keras's `fit`, on pairs of images: {SITE}training.html")
    return "\n".join(lines)


def _indented(lines: list[str]) -> list[str]:
    return [f"  {line}" for line in lines]


def _asked(given: Given, what: str) -> Given:
    """`given` with all that it lacks, from the person at the terminal."""
    from unetgen.starting.questions import QUESTIONS

    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")  # a key may send what is not text
    is_greeted = False
    for question in QUESTIONS:
        if not question.is_open(given):
            continue
        if not is_greeted:
            _say(f"A few questions for {what}. Enter takes what is in brackets, Ctrl-C ends without a file.")
            is_greeted = True
        given = _answered(question, given)
    return given


def _answered(question: Question, given: Given) -> Given:
    """`given` with the answer to `question`, asked again until there is a network with it."""
    from unetgen.commands.arguments import tell
    from unetgen.errors import UnetgenError
    from unetgen.starting.text import design_of

    if question.preface is not None:
        _say(question.preface())
    while True:
        text = _line(f"{question.ask(given)} [{question.default(given)}]: ")
        try:
            answered = question.answered(given, text)
            design_of(answered.answers())
        except UnetgenError as error:
            tell(error)
        else:
            return answered


def _say(text: str) -> None:
    """Print `text` on standard error, where the prompts are."""
    print(visible(text), file=sys.stderr, flush=True)


def _line(prompt: str) -> str:
    """What is typed behind `prompt`; raises `UnetgenError` where there is nothing more to come.

    The prompt is on standard error, as standard output may be a file.
    """
    from unetgen.errors import UnetgenError

    try:
        sys.stderr.write(visible(prompt))
        sys.stderr.flush()
        line = sys.stdin.readline()
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        raise
    if not line:
        sys.stderr.write("\n")
        raise UnetgenError("no more answers; nothing was written")
    return line
