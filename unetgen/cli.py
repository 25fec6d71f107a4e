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
from typing import IO, NoReturn, TypeVar

from unetgen.commands.parser import parse
from unetgen.deferred import defer_metadata
from unetgen.errors import DeviceWarning, OldNameWarning, UnetgenError
from unetgen.installed import extras_named
from unetgen.visible import visible

Code = TypeVar("Code", int, str | int | None)
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
    "completion",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; errors go to stderr, without a traceback."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    # Looking for plugins of pydantic would read the metadata of every installed package.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    defer_metadata()
    with _open_streams(), _interruptions() as interruptions:
        try:
            with extras_named():
                return _hinted(_run(parse(arguments, COMMANDS)), arguments)
        except UnetgenError as error:
            _tell(error)
            _name_page(error, arguments)
            return _hinted(2, arguments)
        except SystemExit as stop:  # argparse's way out
            _hinted(stop.code, arguments)
            raise
        except BrokenPipeError:  # the reader of our output has gone, as `unetgen show ... | head` does
            _silence(sys.stdout)
            return 0
        except OSError as error:
            _silence(sys.stdout)
            _tell(f"cannot write the output: {error.strerror}")
            return 2
        except BaseException as error:
            # What is imported when it is interrupted may raise an error of its own in place of it.
            if not interruptions and not isinstance(error, KeyboardInterrupt):
                raise
            print("interrupted", file=sys.stderr, flush=True)  # nothing is imported for it any more
            return 130


@contextmanager
def _open_streams() -> Iterator[None]:
    """Let what nobody reads go nowhere: Python has no stream where the shell has closed it (``2>&-``), and
    would end with 120 where the reader of errors has gone."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))
    try:
        yield
    finally:
        try:
            sys.stderr.flush()
        except OSError:
            _silence(sys.stderr)


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
                try:
                    code = int(parsed.run(parsed))
                    noise.is_wanted = code == 2
                except UnetgenError as error:
                    noise.is_wanted = error.__context__ is not None  # a library may have said more
                    raise
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


def _hinted(code: Code, arguments: Sequence[str]) -> Code:
    """`code`; where it says that the input is bad, with hints of what a shell has done to it."""
    if code == 2:
        from unetgen.commands.shell_damage import hints

        for hint in hints(arguments):
            _tell(f"hint: {hint}")
    return code


def _tell(text: object) -> None:
    from unetgen.commands.arguments import tell

    tell(text)


def _name_page(error: UnetgenError, arguments: Sequence[str]) -> None:
    if sys.stderr.isatty():
        from unetgen.commands.pages import name_page

        name_page(error, arguments[0])


def _silence(stream: IO[str]) -> None:
    """Let nothing more be written to `stream`: Python would try once again at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


if __name__ == "__main__":
    sys.exit(main())
