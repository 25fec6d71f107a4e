"""`unetgen check`: does a lock still reproduce?"""

from __future__ import annotations

import argparse
import sys

HELP = "exit 1 where a lock no longer reproduces"
EXAMPLE = """\
examples:
  unetgen check out/article/unetgen.lock.json
  unetgen check out/*/unetgen.lock.json --plan-only
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from unetgen.commands.arguments import add_json

    parser.add_argument("locks", metavar="LOCK", nargs="+", help="a file that `unetgen build` wrote")
    parser.add_argument(
        "--plan-only", action="store_true", help="compare the plan and files only, without building the model"
    )
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    from pathlib import Path

    from unetgen.checking import check_lock
    from unetgen.commands.arguments import print_json

    results = {lock: check_lock(Path(lock), build=not arguments.plan_only) for lock in arguments.locks}
    if arguments.json:
        print_json(
            {"locks": {lock: {"reproduces": not found, "problems": found} for lock, found in results.items()}}
        )
    else:
        for lock, found in results.items():
            print(f"{lock}: {'reproduces' if not found else 'does not reproduce'}")
            for line in found:
                print(f"  {line}", file=sys.stderr)
    return 1 if any(results.values()) else 0
