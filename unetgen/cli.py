"""The command line. Exit codes: 0 fine, 1 a check that fails, 2 bad input or usage."""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from keyword import iskeyword
from typing import IO, NoReturn

from unetgen import __version__
from unetgen.deferred import defer_metadata
from unetgen.errors import DeviceWarning, OldNameWarning, UnetgenError
from unetgen.visible import visible

COMMANDS = (
    "init",
    "list",
    "validate",
    "show",
    "build",
    "optimize",
    "transfer",
    "export",
    "measure",
    "diagram",
    "diff",
    "schema",
    "migrate",
    "check",
    "data",
    "suggest",
    "train",
    "predict",
    "evaluate",
    "sweep",
    "collect",
    "import",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; errors go to stderr, without a traceback."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    # Looking for plugins of pydantic would read the metadata of every installed package.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    defer_metadata()
    with _interruptions() as interruptions:
        try:
            return _run(_parse(arguments))
        except UnetgenError as error:
            _tell(error)
            _name_page(error, arguments)
            return 2
        except BrokenPipeError:  # the reader of our output has gone, as `unetgen show ... | head` does
            _silence()
            return 0
        except OSError as error:
            _silence()
            _tell(f"cannot write the output: {error.strerror}")
            return 2
        except BaseException as error:
            # What is imported when it is interrupted may raise an error of its own in place of it.
            if not interruptions and not isinstance(error, KeyboardInterrupt):
                raise
            _tell("interrupted")
            return 130


def _run(parsed: argparse.Namespace) -> int:
    with warnings.catch_warnings():
        warnings.showwarning = _note
        if not parsed.computes:
            gc.set_threshold(
                50_000
            )  # what is imported and lowered stays: looking for garbage often is in vain
            code = int(parsed.run(parsed))
        else:
            from unetgen.commands.noise import kept_back

            with kept_back() as noise:
                code = int(parsed.run(parsed))
                noise.is_wanted = code == 2
    sys.stdout.flush()  # here, where a reader that has gone is caught
    return code


@contextmanager
def _interruptions() -> Iterator[list[int]]:
    """Note every Ctrl-C, also one whose KeyboardInterrupt is raised where Python or a library drops it.

    Where Ctrl-C is ignored, as under nohup, it stays so.
    """
    noted: list[int] = []
    before = signal.getsignal(signal.SIGINT)
    if not callable(before) or threading.current_thread() is not threading.main_thread():
        yield noted
        return

    def interrupt(number: int, _: object) -> NoReturn:
        noted.append(number)
        raise KeyboardInterrupt

    def again(dropped: sys.UnraisableHookArgs) -> None:
        if noted and isinstance(dropped.exc_value, KeyboardInterrupt):
            threading.Timer(_AGAIN_SECONDS, os.kill, [os.getpid(), signal.SIGINT]).start()
        else:
            hook(dropped)

    hook, sys.unraisablehook = sys.unraisablehook, again
    signal.signal(signal.SIGINT, interrupt)
    try:
        yield noted
    finally:
        signal.signal(signal.SIGINT, before)
        sys.unraisablehook = hook


_AGAIN_SECONDS = 0.01


def _note(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: object = None,
    line: str | None = None,
) -> None:
    """A warning on standard error: ours as a note; another package's as Python has it, and as its noise."""
    if issubclass(category, OldNameWarning | DeviceWarning):
        _tell(f"note: {message}")
    else:
        text = visible(warnings.formatwarning(message, category, filename, lineno))
        print(text, end="", file=sys.__stderr__, flush=True)


def _tell(text: object) -> None:
    print(visible(str(text)), file=sys.stderr, flush=True)


def _name_page(error: UnetgenError, arguments: Sequence[str]) -> None:
    if sys.stderr.isatty():
        from unetgen.commands.pages import name_page

        name_page(error, arguments[0])


def _silence() -> None:
    """Let nothing more be written to standard output: Python would try once again at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Parser(argparse.ArgumentParser):
    """Argparse with messages that leave a terminal as it is: they repeat what was given."""

    def _print_message(self, message: str, file: IO[str] | None = None) -> None:  # type: ignore[override]
        super()._print_message(visible(message), file)


class _Help(argparse.RawDescriptionHelpFormatter):
    """Help as wide as all that is printed."""

    def __init__(self, prog: str) -> None:
        from unetgen.commands.arguments import line_width

        super().__init__(prog, width=line_width() - 2)


def _parse(arguments: list[str]) -> argparse.Namespace:
    """The command with its arguments; where it stands first, the others are not even imported."""
    parser = _Parser(
        prog="unetgen",
        formatter_class=_Help,
        description="U-Nets as declarative configs: one YAML file, one checked plan, one Keras model.",
        epilog="Start with `unetgen init`. `unetgen COMMAND --help` has examples.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"unetgen {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, dest="command")
    named = next((text for text in arguments if not text.startswith("-")), None)
    first = arguments[0] if arguments else None
    for name in () if first == "--version" else (first,) if first in COMMANDS else COMMANDS:
        module = import_module(f"unetgen.commands.{name}{'_' * iskeyword(name)}")
        command = commands.add_parser(
            name,
            help=module.HELP,
            description=f"{module.HELP[0].upper()}{module.HELP[1:]}.",
            epilog=module.EXAMPLE,
            formatter_class=_Help,
            allow_abbrev=False,
        )
        if name == named:  # the others are in the list of commands alone
            module.add_arguments(command)
        computes = getattr(module, "COMPUTES", False)
        command.set_defaults(run=module.run, computes=computes, parser=command)
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
