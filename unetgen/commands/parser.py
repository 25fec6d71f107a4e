"""The command line's grammar: one parser for every command, and messages that name what was meant."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from keyword import iskeyword
from types import ModuleType
from typing import IO, Any, NoReturn

from unetgen.visible import visible

REQUIRED = "the following arguments are required: "

QUOTING = """\
Shells change brackets, braces, $ and blanks:
put an override that has them in single quotes, such as 'input.shape=[64,64]'."""


class Parser(argparse.ArgumentParser):
    """Argparse with messages that leave a terminal as it is, and that say what could be given instead."""

    def _print_message(self, message: str, file: IO[str] | None = None) -> None:  # type: ignore[override]
        message = visible(message)
        if message and file is sys.stderr:
            from unetgen.commands.arguments import painted

            message = painted(message, file)
        if file is sys.stdout:  # argparse would drop what the system says of it
            print(message, end="", flush=True)
        else:
            super()._print_message(message, file)

    def _parse_optional(self, arg_string: str) -> Any:
        """None for ``-,a.yaml``: configs, the first of them from standard input."""
        return None if arg_string.startswith("-,") else super()._parse_optional(arg_string)

    def error(self, message: str) -> NoReturn:
        """Usage, what is wrong and what could be given, on standard error; exit code 2."""
        if message.startswith(REQUIRED):
            from unetgen.commands.offers import offers

            missing = [name for name in message.removeprefix(REQUIRED).split(", ") if name != "k=v"]
            message = "\n".join([REQUIRED + ", ".join(missing), *(f"  {line}" for line in offers(missing))])
        super().error(message)

    def _check_value(self, action: argparse.Action, value: object) -> None:
        try:
            super()._check_value(action, value)
        except argparse.ArgumentError as error:
            from unetgen.commands.near_misses import meant_choice

            if not (hint := meant_choice(action, str(value))):
                raise
            if isinstance(action, argparse._SubParsersAction):  # the list of all would hide the hint
                error.message = re.sub(r" \(choose from .*\)$", "", error.message, flags=re.DOTALL)
            raise argparse.ArgumentError(action, f"{error.message}; {hint}") from None


class Help(argparse.RawDescriptionHelpFormatter):
    """Help as wide as all that is printed."""

    def __init__(self, prog: str) -> None:
        from unetgen.commands.arguments import line_width

        super().__init__(prog, width=line_width() - 2)

    def add_argument(self, action: argparse.Action) -> None:
        """Reckon with the indentation of commands too, which Python 3.11 leaves out."""
        super().add_argument(action)
        for each in self._iter_indented_subactions(action):
            length = len(self._format_action_invocation(each)) + self._current_indent
            self._action_max_length = max(self._action_max_length, length)


class _Versions(argparse.Action):
    """``--version``: what is installed, looked up only then."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from unetgen.commands.arguments import say
        from unetgen.commands.versions import versions

        say(versions())
        parser.exit()


def parse(arguments: Sequence[str], names: Sequence[str]) -> argparse.Namespace:
    """The command of `names` with its arguments; where it stands first, the others are not even imported."""
    first = arguments[0] if arguments else ""
    if first in names and len(arguments) == 1 and (bare := getattr(_module(first), "run_bare", None)):
        return argparse.Namespace(run=bare, computes=False, arguments=arguments)
    named = next((text for text in arguments if not text.startswith("-")), None)
    within = () if first == "--version" else (first,) if first in names else names
    parser = parser_of(within, filled=(named,) if named else ())
    parsed, leftover = parser.parse_known_args(arguments)
    parsed.names = names
    # Overrides that stand behind an option are left over; anything that begins with a dash is not one.
    unknown = [text for text in leftover if text.startswith("-")]
    takes = next((name for name in ("overrides", "inputs") if hasattr(parsed, name)), None)
    if unknown or (leftover and takes is None):
        from unetgen.commands.near_misses import meant_options

        hints = meant_options(unknown, parsed.parser, takes is not None)
        parsed.parser.error("; ".join([f"unrecognized arguments: {' '.join(unknown or leftover)}", *hints]))
    if leftover and takes:
        setattr(parsed, takes, [*getattr(parsed, takes), *leftover])
    return parsed


def parser_of(names: Sequence[str], filled: Sequence[str]) -> Parser:
    """The parser of the commands `names`; only those of `filled` know their arguments."""
    parser = Parser(
        prog="unetgen",
        formatter_class=Help,
        description="U-Nets as declarative configs: one YAML file, one checked plan, one Keras model.",
        epilog=f"Start with `unetgen init`. `unetgen COMMAND --help` has examples. {QUOTING}",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--version", action=_Versions, nargs=0, help="show the versions of unetgen, Python and the backends"
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True, dest="command")
    for name in names:
        module = _module(name)
        command = commands.add_parser(
            name,
            help=module.HELP,
            description=f"{module.HELP[0].upper()}{module.HELP[1:]}.",
            epilog=module.EXAMPLE,
            formatter_class=Help,
            allow_abbrev=False,
        )
        if name in filled:  # the others are in the list of commands alone
            module.add_arguments(command)
            if any("k=v" in f"{action.metavar} {action.help}" for action in command._actions):
                command.epilog = f"{(command.epilog or '').rstrip()}\n\n{QUOTING}"
        computes = getattr(module, "COMPUTES", False)
        command.set_defaults(run=module.run, computes=computes, parser=command)
    return parser


def _module(name: str) -> ModuleType:
    return import_module(f"unetgen.commands.{name}{'_' * iskeyword(name)}")
