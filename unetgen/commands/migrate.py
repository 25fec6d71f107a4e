"""`unetgen migrate`: configs in the words of today's language."""

from __future__ import annotations

import argparse

HELP = "rewrite configs of older versions of the language in today's words, comments kept"
EXAMPLE = """\
examples:
  unetgen migrate my.yaml
  unetgen migrate configs/*.yaml --diff
  unetgen migrate configs/*.yaml --check

a file of an older version is read as it is, too; the network, its digest and its fingerprint stay the same
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    from unetgen.commands.arguments import place

    parser.add_argument(
        "files", metavar="FILE", nargs="+", type=place, help="configs, run files, or files of config groups"
    )
    only = parser.add_mutually_exclusive_group()
    only.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 where a file would be rewritten"
    )
    only.add_argument("--diff", action="store_true", help="write nothing; print what would change")


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    from pathlib import Path

    from unetgen.commands.arguments import say
    from unetgen.config.migrating import Migrated, migrated
    from unetgen.config.yaml.file import read_text
    from unetgen.errors import UnetgenError
    from unetgen.files import publish

    texts: dict[Path, str] = {}
    results: dict[Path, Migrated] = {}
    wrong = []
    for file in map(Path, arguments.files):
        try:
            texts[file] = read_text(file, str(file))
            results[file] = migrated(texts[file], str(file))
        except UnetgenError as error:
            wrong.append(str(error))
    if wrong:
        raise UnetgenError("\n".join(wrong))
    changed = {file: result for file, result in results.items() if result.changes}
    if not (arguments.check or arguments.diff):
        publish({file: result.text.encode() for file, result in changed.items()})
    for file, result in results.items():
        if arguments.diff:
            say(_diff(str(file), texts[file], result.text))
        else:
            say("\n".join(result.changes) or f"{file}: nothing to change")
    return 1 if arguments.check and changed else 0


def _diff(label: str, before: str, after: str) -> str:
    import difflib

    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), label, label, lineterm="")
    return "\n".join(lines) or f"{label}: nothing to change"
