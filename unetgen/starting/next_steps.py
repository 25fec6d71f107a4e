"""What to do with a config that was just written: commands that work as they stand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from unetgen.shell import command_line
from unetgen.starting.answers import Answers
from unetgen.starting.levels import levels_of
from unetgen.suggesting.advice import FIRST_RUN, override_value

PICTURES = "pictures"
"""What the folder of images is called in the commands that need one."""


def commands(file: Path) -> list[str]:
    """Three commands that look at the network in `file`, draw it and build it."""
    return [
        command_line("unetgen", "show", file, "--levels"),
        command_line("unetgen", "diagram", file, "--out", file.with_suffix(".svg")),
        command_line("unetgen", "build", file, "--out", file.parent / "out" / file.stem),
    ]


def training_commands(answers: Answers, file: Path) -> list[str]:
    """Two commands that train it with the images and masks in the folder `PICTURES`.

    None where the network has no classes, as the masks of a run are of classes.
    """
    if answers.classes is None:
        return []
    run_file = file.parent / FIRST_RUN
    if run_file.exists():
        run_file = file.parent / f"{file.stem}_{FIRST_RUN}"
    asked = [f"model={override_value(file.name)}", *_patch(answers)]
    return [
        command_line("unetgen", "data", PICTURES, "--write-run", run_file),
        command_line("unetgen", "train", run_file, *asked, "--out", file.parent / "out" / "first"),
    ]


def _patch(answers: Answers) -> Iterator[str]:
    """A patch has the network's own size; the one in the run file suits a network of any size."""
    if None not in answers.size:
        yield "data.patch.size=null"
    elif set(answers.size) != {None}:
        reference = levels_of(answers.size, answers.purpose.most_levels).reference
        yield f"data.patch.size=[{','.join(map(str, reference))}]"
