"""`unetgen data`: what is in a data set, and all that is wrong with it, before anything is trained."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unetgen.data.checking import Findings
    from unetgen.runs.run import Run

HELP = "what is in a data set, and all that is wrong with it"
EXAMPLE = """\
examples:
  unetgen data run.yaml
  unetgen data run.yaml data.augment=nnunet --preview sheet.png
  unetgen data pictures --write-run run.yaml
  unetgen data pictures --json

a folder may hold `images` and `masks`, pairs such as a_image.png and a_mask.png, nnU-Net's
imagesTr and labelsTr, or one volume and its mask, whose slices are the cases then
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    from unetgen.commands.arguments import add_json, place

    parser.add_argument("target", type=place, metavar="RUN|DIR", help="a run file, or a folder of images")
    parser.add_argument("overrides", metavar="k=v", nargs="*", help="overrides of RUN, such as data.ignore=7")
    add_json(parser)
    parser.add_argument(
        "--write-run", type=place, metavar="FILE", help="write a run file for DIR, with reasons as comments"
    )
    parser.add_argument(
        "--preview",
        type=place,
        metavar="FILE",
        help="a sheet of samples with their masks laid over, as the network sees them: .png or .html",
    )


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    from unetgen.commands.arguments import print_json, require_overrides, say, tell
    from unetgen.data.checking import shortened
    from unetgen.emit.text.data_report import data_report

    overrides = require_overrides(arguments.overrides)
    target = Path(arguments.target)
    _require_writable(arguments, target, overrides)
    findings, written = (_of_folder if target.is_dir() else _of_run)(arguments, target, overrides)
    if arguments.json:
        print_json(_as_json(findings))
    else:
        say(data_report(findings, str(target)))
        for file in written:
            say(f"  {file}")
    for note in findings.notes:
        tell(f"note: {note}")
    for problem in shortened(findings.problems):
        tell(problem)
    if findings.problems and arguments.preview:
        tell(f"{arguments.preview}: was not written, because of these problems")
    return 2 if findings.problems else 0


def _require_writable(arguments: argparse.Namespace, target: Path, overrides: Sequence[str]) -> None:
    """Raise `UnetgenError` with all that keeps the files from being written, before anything is read."""
    from unetgen.data.preview import SUFFIXES
    from unetgen.errors import UnetgenError
    from unetgen.files import unwritable

    run_files = [Path(arguments.write_run)] if arguments.write_run else []
    problems = unwritable(run_files, [".yaml"])
    problems += [
        f"{file}: is there already; name another, or remove it" for file in run_files if file.exists()
    ]
    problems += unwritable([Path(arguments.preview)] if arguments.preview else [], SUFFIXES)
    if run_files and not target.exists():
        problems.append(f"{target}: no such folder; name one with images and masks")
    elif run_files and not target.is_dir():
        problems.append(f"{target}: --write-run makes a run file of a folder, and this is not one")
    if overrides and target.is_dir():
        problems.append(f"{target}: overrides are of a run file; --write-run makes one of this folder")
    if problems:
        raise UnetgenError("\n".join(problems))


def _of_folder(
    arguments: argparse.Namespace, target: Path, overrides: Sequence[str]
) -> tuple[Findings, list[Path]]:
    """What is found in a folder with the fields that suit it, and the files that were written."""
    from unetgen.data.suggesting import suggested
    from unetgen.files import publish
    from unetgen.runs.first_file import run_text
    from unetgen.runs.loader import run_from_text

    suggestion = suggested(target)
    findings = suggestion.findings
    written = []
    if arguments.write_run and findings.survey.images:
        file = Path(arguments.write_run)
        publish({file: _encoded(run_text(suggestion, target, file), target)})
        written.append(file)
    if arguments.preview and not findings.problems:
        text = run_text(suggestion, target, target / "run.yaml")
        written.append(_preview(arguments, run_from_text(text, str(target), target), findings))
    return findings, written


def _encoded(text: str, target: Path) -> bytes:
    from unetgen.errors import UnetgenError

    try:
        str(target).encode("utf-8")
        return text.encode("utf-8")
    except UnicodeEncodeError:  # the name of a folder may be any bytes
        raise UnetgenError(f"{target}: its name is not text, which a run file needs; rename it") from None


def _of_run(
    arguments: argparse.Namespace, target: Path, overrides: Sequence[str]
) -> tuple[Findings, list[Path]]:
    """What is found of the data set of a run file, and the files that were written."""
    from unetgen.data.checking import check_data
    from unetgen.runs.loader import load_run
    from unetgen.runs.takes import network_takes

    loaded = load_run(arguments.target, overrides)
    takes = network_takes(loaded.design)
    findings = check_data(loaded.config.data, loaded.folder, loaded.config.seed, takes)
    is_shown = arguments.preview and not findings.problems
    return findings, [_preview(arguments, loaded, findings)] if is_shown else []


def _preview(arguments: argparse.Namespace, loaded: Run, findings: Findings) -> Path:
    from unetgen.data.preview import preview
    from unetgen.data.samples import samples_of
    from unetgen.files import publish

    file = Path(arguments.preview)
    samples = samples_of(loaded.config.data, findings, loaded.patch_size, loaded.config.seed)
    content = preview(samples, findings.classes.names, file.suffix.lower(), str(arguments.target))
    publish({file: content})
    return file


def _as_json(findings: Findings) -> dict[str, object]:
    return {
        "cases": [_case_as_json(findings, number) for number in range(len(findings.survey.cases))],
        "overview": findings.overview.as_dict(),
        "classes": {str(value): number for value, number in findings.classes.number_of.items()},
        "ignore": findings.classes.ignore,
        "notes": list(map(str, findings.notes)),
        "problems": list(map(str, findings.problems)),
    }


def _case_as_json(findings: Findings, number: int) -> dict[str, object]:
    facts = findings.survey.cases[number]
    case, image, mask = facts.case, facts.image, facts.mask
    return {
        "name": case.name,
        "side": findings.sides.side_of(case.name),
        "images": list(map(str, case.images)),
        "mask": None if case.mask is None else str(case.mask),
        "slice": None if case.slice is None else list(case.slice),
        "size": None if image is None else list(image.spatial),
        "spacing": None if image is None or image.spacing is None else list(image.spacing),
        "axes": None if image is None else image.axes,
        "channels": None if image is None else image.channels,
        "dtype": None if image is None else image.dtype,
        "values": None if mask is None else {str(value): count for value, count in mask.counts.items()},
    }
