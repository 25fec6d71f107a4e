"""The command line. Exit codes: 0 fine, 1 a check that fails, 2 bad input or usage."""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from keyword import iskeyword
from typing import TextIO

from unetgen import __version__
from unetgen.errors import DeviceWarning, OldNameWarning, UnetgenError

COMMANDS = (
    "list",
    "validate",
    "show",
    "build",
    "optimize",
    "export",
    "diagram",
    "diff",
    "schema",
    "check",
    "sweep",
    "collect",
    "import",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; errors go to stderr, without a traceback."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    # Looking for plugins of pydantic would read the metadata of every installed package.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        parsed = _parse(arguments)
        with warnings.catch_warnings():
            warnings.showwarning = _note
            code = int(parsed.run(parsed))
        sys.stdout.flush()  # here, where a reader that has gone is caught
        return code
    except UnetgenError as error:
        print(error, file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader of our output has gone, as `unetgen show ... | head` does
        _silence()
        return 0
    except OSError as error:
        _silence()
        print(f"cannot write the output: {error.strerror}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


def _note(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """A warning on standard error: ours as a note, another package's as Python has it."""
    ours = issubclass(category, OldNameWarning | DeviceWarning)
    text = f"note: {message}\n" if ours else warnings.formatwarning(message, category, filename, lineno)
    sys.stderr.write(text)


def _silence() -> None:
    """Let nothing more be written to standard output: Python would try once again at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parse(arguments: list[str]) -> argparse.Namespace:
    """The command with its arguments; where one is named, the others are not even imported."""
    parser = argparse.ArgumentParser(
        prog="unetgen",
        description="U-Nets as declarative configs: one YAML file, one checked plan, one Keras model.",
        epilog="`unetgen COMMAND --help` has examples.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"unetgen {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, dest="command")
    for name in [arguments[0]] if arguments and arguments[0] in COMMANDS else COMMANDS:
        module = import_module(f"unetgen.commands.{name}{'_' * iskeyword(name)}")
        command = commands.add_parser(
            name,
            help=module.HELP,
            description=f"{module.HELP[0].upper()}{module.HELP[1:]}.",
            epilog=module.EXAMPLE,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        module.add_arguments(command)
        command.set_defaults(run=module.run, parser=command)
    parsed, leftover = parser.parse_known_args(arguments)
    # Overrides that stand behind an option are left over; anything that begins with a dash is not one.
    unknown = [text for text in leftover if text.startswith("-")]
    takes = "overrides" if hasattr(parsed, "overrides") else "inputs" if hasattr(parsed, "inputs") else None
    if unknown or (leftover and takes is None):
        parsed.parser.error(f"unrecognized arguments: {' '.join(unknown or leftover)}")
    if leftover and takes:
        setattr(parsed, takes, [*getattr(parsed, takes), *leftover])
    return parsed


if __name__ == "__main__":
    sys.exit(main())
