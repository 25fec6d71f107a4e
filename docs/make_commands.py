"""Write docs/commands.md, the reference of the command line, from the commands' help, by ``make docs``."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from importlib import import_module
from keyword import iskeyword
from pathlib import Path

from unetgen.cli import COMMANDS

ROOT = Path(__file__).parents[1]
START = """\
# Commands

This page is made from the commands by `make docs`; `unetgen COMMAND --help` says the same.

CONFIG is a file, or the name of a bundled config (`unetgen list`). `k=v` are overrides in Hydra's grammar,
such as `depth=4` or `up=transposed`. Exit codes: 0 fine, 1 a check that fails, 2 bad input or usage. Errors
go to standard error; how they read is under [errors](errors.md).
"""


def page() -> str:
    """The whole page."""
    links = ", ".join(f"[{name}](#unetgen-{name})" for name in COMMANDS)
    return "\n".join([START, f"{links}.\n", *(line for name in COMMANDS for line in command(name))])


def command(name: str) -> Iterator[str]:
    """One command's part of the page."""
    module = import_module(f"unetgen.commands.{name}{'_' * iskeyword(name)}")
    about = f"{module.HELP[0].upper()}{module.HELP[1:]}."
    parser = argparse.ArgumentParser(f"unetgen {name}", description=about, epilog=module.EXAMPLE)
    module.add_arguments(parser)
    yield from described(parser, "##")


def described(parser: argparse.ArgumentParser, heading: str) -> Iterator[str]:
    """The heading, synopsis, arguments and examples of a parser, and of its subcommands."""
    actions = [each for each in parser._actions if each.help != argparse.SUPPRESS]
    forms = [each for each in actions if isinstance(each, argparse._SubParsersAction)]
    own = [each for each in actions if each not in forms and not isinstance(each, argparse._HelpAction)]
    yield f"{heading} {parser.prog}\n"
    if parser.description:
        yield f"{text(parser.description)}\n"
    if forms:
        yield "Its forms are described below.\n"
    else:
        yield f"```text\n{synopsis(parser.prog, sorted(own, key=is_option))}\n```\n"
    if own:
        rows = [f"| {anchor(parser, each)}{names(each)} | {meaning(parser, each)} |" for each in own]
        yield "\n".join(["| argument | meaning |", "| --- | --- |", *rows, ""])
    if parser.epilog:
        lines = [line.removeprefix("  ") for line in parser.epilog.strip().splitlines()]
        yield "\n".join(["```text", *(line for line in lines if line != "examples:"), "```\n"])
    for form in forms:
        for name, inner in form.choices.items():
            inner.prog = f"{parser.prog} {name}"
            yield from described(inner, f"{heading}#")


def synopsis(program: str, actions: Iterable[argparse.Action]) -> str:
    """The command line in lines of at most 96 characters; none breaks within an argument."""
    lines = [program]
    for said in map(shown, actions):
        if len(lines[-1]) + len(said) < 96:
            lines[-1] += f" {said}"
        else:
            lines.append(f"{' ' * len(program)} {said}")
    return "\n".join(lines)


def is_option(action: argparse.Action) -> bool:
    """Whether it is named by dashes."""
    return bool(action.option_strings)


def value(action: argparse.Action) -> str:
    """What stands for the argument's value, as often as it may be given."""
    if action.nargs == 0:
        return ""
    choices = "{" + ",".join(map(str, action.choices)) + "}" if action.choices else None
    name = str(action.metavar or choices or action.dest.upper())
    return {"*": f"[{name} ...]", "+": f"{name} [...]", "?": f"[{name}]"}.get(str(action.nargs), name)


def shown(action: argparse.Action) -> str:
    """The argument in the synopsis."""
    said = " ".join(filter(None, [*action.option_strings[-1:], value(action)]))
    return said if action.required or not is_option(action) else f"[{said}]"


def names(action: argparse.Action) -> str:
    """The argument in the table."""
    said = ", ".join(action.option_strings)
    return f"`{' '.join(filter(None, [said, value(action).replace('|', '/')]))}`"


def anchor(parser: argparse.ArgumentParser, action: argparse.Action) -> str:
    """A place to link to, such as ``unetgen-show--json``."""
    last = action.option_strings[-1] if is_option(action) else f"-{action.dest}"
    return f'<a id="{parser.prog.replace(" ", "-")}{last}"></a>'


def meaning(parser: argparse.ArgumentParser, action: argparse.Action) -> str:
    """Its help, as a cell of the table."""
    facts = {**vars(action), "prog": parser.prog}
    return text((action.help or "") % facts).replace("|", "\\|")


def text(words: str) -> str:
    """Words of a help as Markdown, which takes <, * and _ for its own."""
    escaped = (
        part if place % 2 else part.replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_")
        for place, part in enumerate(words.split("`"))
    )
    return "`".join(escaped)


if __name__ == "__main__":
    (ROOT / "docs" / "commands.md").write_text(page(), encoding="utf-8", newline="\n")
