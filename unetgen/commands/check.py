"""`unetgen check`: does a lock still reproduce?"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unetgen.model.reproducing import Reproduction

HELP = "exit 1 where a lock no longer reproduces"
COMPUTES = True
EXAMPLE = """\
examples:
  unetgen check out/article/unetgen.lock.json
  unetgen check out/*/unetgen.lock.json --plan-only
  unetgen check out/article/unetgen.lock.json --against my.yaml
  unetgen check out/first/unetgen.lock.json --data .

It rebuilds the model and compares architecture, counts and initial weights, the files beside the lock, and
the config's own file as it is today, where that is still where it was: in, around or beneath the lock's
folder. A model that is not there, as where models are not kept in git, is a note.
The lock of a training names every file that it read: each that has changed since is told.
Versions that differ between then and now are printed, but do not count as a failure.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    from unetgen.commands.arguments import add_json, place

    parser.add_argument("locks", metavar="LOCK", nargs="+", help="a file that `build` or `train` wrote")
    parser.add_argument(
        "--plan-only", action="store_true", help="compare the plan and files only, without building the model"
    )
    parser.add_argument(
        "--against",
        metavar="CONFIG",
        help="compare with this config, and the lock's overrides, in place of the file that the lock names",
    )
    parser.add_argument(
        "--data",
        type=place,
        metavar="DIR",
        help="the folder of a training's run file, where its lock does not know it",
    )
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    from pathlib import Path

    from unetgen.commands.arguments import print_json, tell
    from unetgen.errors import UnetgenError
    from unetgen.model.reproducing import check_lock

    results: dict[str, Reproduction] = {}
    unreadable: list[str] = []
    for lock in arguments.locks:
        try:
            data = None if arguments.data is None else Path(arguments.data)
            results[lock] = check_lock(Path(lock), not arguments.plan_only, arguments.against, data)
        except UnetgenError as error:
            unreadable.append(str(error))
            continue
        if not arguments.json:
            _print(lock, results[lock])
    if arguments.json:
        print_json({"locks": {lock: _described(result) for lock, result in results.items()}})
    for line in unreadable:
        tell(line)
    if unreadable:
        return 2
    return 1 if any(result.problems for result in results.values()) else 0


def _print(lock: str, result: Reproduction) -> None:
    from unetgen.commands.arguments import say, tell

    say(f"{lock}: {'does not reproduce' if result.problems else 'reproduces'}")
    for line in result.notes:
        say(f"  note: {line}")
    for line in result.problems:
        tell(f"  {line}")


def _described(result: Reproduction) -> dict[str, object]:
    return {"reproduces": not result.problems, "problems": result.problems, "notes": result.notes}
