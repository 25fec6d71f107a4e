"""What stops the reading of a YAML file: its place, and PyYAML's syntax errors in words of our own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from unetgen.errors import ConfigError, Problem

if TYPE_CHECKING:
    import yaml


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file, counted from 1."""

    source: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}"


def mark_at(text: str, index: int, source: str) -> Mark:
    """The place of `text[index]`."""
    return Mark(source, text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index))


class AsWritten(str):
    """Text that an error shows as the file has it, without Python's quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def refuse(message: str, where: object, *, got: str | None = None, hint: str | None = None) -> NoReturn:
    """Raise a `ConfigError` with this one problem."""
    raise ConfigError([Problem(message, (), ... if got is None else AsWritten(got), hint, str(where))])


_SYNTAX: Mapping[str, tuple[str, str]] = {
    "mapping values are not allowed": (
        "a second `: ` where only a value can stand",
        "check the indentation, and quote text that contains `: `",
    ),
    "',' or ']'": ("this list is not closed, or lacks a comma", "write it as [a, b]"),
    "',' or '}'": ("this mapping is not closed, or lacks a comma", "write it as {a: 1, b: 2}"),
    "unexpected end of stream": ("this quoted text is not closed", "add the closing quote"),
    "unexpected document": ("this quoted text is not closed", "add the closing quote"),
    "could not find expected ':'": (
        "a key without its colon",
        "write `key: value`, with a space after the colon",
    ),
    "escape": ("an unknown escape within double quotes", "double the backslash, or use single quotes"),
    "tag handle": ("a tag that nothing declares", "remove the tag: a config is data"),
    "incompatible YAML": ("a % directive is refused: a config is data", "remove it"),
    "<document start>": ("text after the end of the document", "one file holds one config"),
    "node content": ("a value is missing here, or a bracket is not opened", "write the value, or null"),
    "alphabetic or numeric": ("`&` or `*` without a name", "quote text that begins with `&` or `*`"),
    "expected key": ("this does not fit the lines before it", "check the indentation and the quotes"),
    "'-' indicator": ("this does not fit the lines before it", "check the indentation and the quotes"),
    "<block end>": ("this does not fit the lines before it", "check the indentation and the quotes"),
}
"""What PyYAML says (libyaml's words and those of its pure Python parser), in the reader's words."""

_OPENERS = ("flow sequence", "flow mapping", "quoted scalar")


def syntax_problem(error: yaml.YAMLError, text: str, source: str) -> Problem:
    """What PyYAML found wrong with `text`, as the user reads it."""
    said = str(getattr(error, "problem", None) or error).splitlines()[0]
    mark, context_mark = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    character = text[mark.index : mark.index + 1] if mark else ""
    message, hint = next((row for needle, row in _SYNTAX.items() if needle in said), (said, None))
    if "cannot start any token" in said:
        message, hint = f"a value cannot begin with `{character}`", "quote it"
        if character == "\t":
            message, hint = "a tab cannot indent", "indent with spaces"
    context = str(getattr(error, "context", None))
    if context_mark and any(opener in context for opener in _OPENERS):
        message += f" (it begins at {context_mark.line + 1}:{context_mark.column + 1})"
    where = Mark(source, mark.line + 1, mark.column + 1) if mark else source
    return Problem(f"not valid YAML: {message}", hint=hint, where=str(where))
