"""`unetgen collect`: the results of a sweep as one table, and the best of its points."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from unetgen.sweep.folder.files import SweepFolder
    from unetgen.sweep.folder.history import Runs
    from unetgen.sweep.results.best import Limit
    from unetgen.sweep.results.table import Table

_REPORT = ".html"

HELP = "the table of a sweep: on the terminal, or as CSV, JSON, Parquet or an HTML report"
EXAMPLE = """\
examples:
  unetgen collect sweep
  unetgen collect sweep --out table.csv --out report.html
  unetgen collect sweep --best val_dice --under params=5e6 --under train_bytes=16GiB
  unetgen collect sweep --json --no-times | jq '.rows[].params'

exit code 0, also where points failed: the table says so; 1 where no point can be the --best one
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    from unetgen.commands.arguments import add_json, add_out_files, positive
    from unetgen.sweep.report.details import MOST_FIGURES

    parser.add_argument("folder", metavar="DIR", help="the folder that `unetgen sweep` wrote")
    add_out_files(parser, ".csv .json .parquet .html")
    parser.add_argument("--best", metavar="COLUMN", help="say which point is the best by this column")
    parser.add_argument(
        "--mode",
        choices=("min", "max", "auto"),
        default="auto",
        help="whether less or more is better; auto goes by the column's name (auto)",
    )
    for bound, words in (("under", "at most"), ("over", "at least")):
        parser.add_argument(
            f"--{bound}",
            metavar="COLUMN=NUMBER",
            action="append",
            default=[],
            help=f"only points whose value is {words} this, such as params=5e6 or train_bytes=16GiB",
        )
    parser.add_argument("--sort", metavar="COLUMN", help="rows by this column, the least first")
    parser.add_argument("--reverse", action="store_true", help="with --sort: the greatest first")
    parser.add_argument(
        "--no-times", action="store_true", help="no measured times and peaks: equal sweeps give equal tables"
    )
    figures = parser.add_mutually_exclusive_group()
    figures.add_argument(
        "--figures",
        type=positive,
        metavar="N",
        default=MOST_FIGURES,
        help="figures of at most so many architectures in the HTML report, the front and the best first "
        f"({MOST_FIGURES})",
    )
    figures.add_argument(
        "--no-figures", dest="figures", action="store_const", const=0, help="no figures in the HTML report"
    )
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    from pathlib import Path

    from unetgen.commands.arguments import print_json, say, tell
    from unetgen.errors import UnetgenError
    from unetgen.files import publish
    from unetgen.sweep.folder.files import SweepFolder
    from unetgen.sweep.folder.history import Runs
    from unetgen.sweep.results.best import Limit, best, within
    from unetgen.sweep.results.formats.answer import Answer, limits_text
    from unetgen.sweep.results.formats.json import as_data
    from unetgen.sweep.results.table import Table

    folder = SweepFolder(Path(arguments.folder))
    files = _checked(list(dict.fromkeys(map(Path, arguments.out))), folder)
    if arguments.reverse and not arguments.sort:
        raise UnetgenError("--reverse goes with --sort COLUMN")
    limits = [Limit.parse(text, "under") for text in arguments.under]
    limits += [Limit.parse(text, "over") for text in arguments.over]
    table = Table.of(folder)
    if not table.rows:
        raise UnetgenError(_empty(folder.path))
    table, runs = within(table, limits), Runs.of(folder)
    best_point = best(table, arguments.best, arguments.mode) if arguments.best else None
    if arguments.sort:
        table = table.sorted_by(arguments.sort, arguments.reverse)
    answer = Answer(best_point, table, limits, folder.path) if best_point else None
    if arguments.no_times:
        table = table.without_measured()
    publish({file: _written(file, table, runs, folder, arguments.figures) for file in files})
    if arguments.json:
        best_data = {"best": answer.data() if answer else None} if arguments.best else {}
        print_json(as_data(table, runs) | best_data)
    else:
        for file in files:
            say(str(file))
        if answer:
            say(answer.text())
        elif not arguments.best and not files:
            say(_table(table, runs, limits))
    if arguments.best and best_point is None:
        tell(f"no point that is ok{limits_text(limits)} has a number in {arguments.best!r}")
        return 1
    return 0


def _checked(files: list[Path], folder: SweepFolder) -> list[Path]:
    """`files`, if every one could be written, or a `UnetgenError` with all that is wrong."""
    from unetgen.errors import UnetgenError
    from unetgen.files import unwritable
    from unetgen.sweep.results.formats import SUFFIXES

    wrong = unwritable(files, (*SUFFIXES, _REPORT))
    wrong += [f"{file}: is for the sweep's own files; name another" for file in files if folder.owns(file)]
    if wrong:
        raise UnetgenError("\n".join(wrong))
    return files


def _empty(folder: Path) -> str:
    if not folder.is_dir():
        return f"{folder}: no such folder; name the one that `unetgen sweep` wrote"
    return f"{folder}: holds no point of a sweep; name the folder that `unetgen sweep --out` wrote"


def _written(file: Path, table: Table, runs: Runs, folder: SweepFolder, most_figures: int) -> bytes:
    suffix = file.suffix.lower()
    if suffix == _REPORT:
        from unetgen.sweep.report.page import report

        return report(table, runs, folder, most_figures=most_figures)
    from unetgen.sweep.results.formats import written

    return written(table, runs, suffix)


def _table(table: Table, runs: Runs, limits: Sequence[Limit]) -> str:
    from unetgen.commands.arguments import line_width
    from unetgen.sweep.results.formats.answer import limits_text
    from unetgen.sweep.results.formats.terminal import terminal

    kept = f"\nshown are only points{limits_text(limits)}" if limits else ""
    return terminal(table, runs, line_width()) + kept
