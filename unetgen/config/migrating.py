"""A config's file in the words of today's language, and all else in it, comments too, as it was."""

from __future__ import annotations

import itertools
import re
from dataclasses import astuple, dataclass
from typing import Any

from unetgen.config.renamed import RENAMED, with_new_names
from unetgen.config.schema_version import KEY, SCHEMA_VERSION
from unetgen.config.source import value_at
from unetgen.config.yaml.errors import Mark
from unetgen.config.yaml.tree import Document, parse_yaml
from unetgen.errors import ConfigError, Path, Problem, UnetgenError

_HEADER = re.compile(r"^#\s*@package\s+(\S+)\s*$", re.MULTILINE)
_RUN = {"model", "data"}
"""Sections that only a run's file has."""


@dataclass(frozen=True)
class Migrated:
    """A file's text as it should be, and what is new in it."""

    text: str
    changes: tuple[str, ...]
    """A line each, in the file's order; none where the file is as it should be."""


@dataclass(frozen=True)
class _Role:
    """What a file is: where in it the config stands, or where in a config its data goes."""

    before: tuple[str, ...] = ()
    package: Path = ()

    @property
    def is_config(self) -> bool:
        """Whether the file is a config, which says its version."""
        return not self.before and not self.package

    def renewed(self, data: dict[str, Any]) -> dict[str, Any]:
        """The file's `data` as it should be."""
        if self.before:
            (key,) = self.before
            return {**data, key: with_new_names(data[key])}
        version: dict[str, Any] = {KEY: SCHEMA_VERSION} if self.is_config else {}
        return {**version, **with_new_names(data, self.package)}


def migrated(text: str, label: str) -> Migrated:
    """The config, run or file of a config group that `text` holds, written for this version of the language.

    A config comes to say its `schema_version`; the other two have none of their own. Only old words change.
    Raises `ConfigError` where the text is no YAML that unetgen reads, or where both names of a field are
    given, and `UnetgenError` where a word stands so that it cannot be exchanged in its place.

    >>> migrated("depth: 2  # levels\\ncompile: {optimizer: {name: adam}}\\n", "a.yaml").text.splitlines()
    ['schema_version: 1', 'depth: 2  # levels', 'compile: {optimizer: {kind: adam}}']
    """
    document = parse_yaml(text, label)
    if document.problems:
        raise ConfigError(document.problems)
    role = _role(text, document)
    if isinstance(version := document.data.get(KEY), int) and version > SCHEMA_VERSION:
        message = f"is newer than {SCHEMA_VERSION}, the last one that this unetgen knows"
        raise ConfigError([Problem(message, (KEY,), got=version, where=str(document.key_marks[KEY,]))])
    lines = text.splitlines(keepends=True)
    changes = []
    old = _old_names(document, role)
    for path, new in reversed(old):
        _exchange(lines, document.key_marks[path], str(path[-1]), new)
    if role.is_config and KEY not in document.data:
        _say_version(lines, document)
        changes.append(f"{label}: says `{KEY}: {SCHEMA_VERSION}`")
    changes += [f"{document.key_marks[path]}: {'.'.join(map(str, path))}: now `{new}`" for path, new in old]
    result = "".join(lines)
    after = parse_yaml(result, label)
    if after.problems or after.data != role.renewed(document.data):
        raise UnetgenError(f"{label}: cannot be rewritten in place; by hand: {'; '.join(changes)}")
    return Migrated(result, tuple(changes))


def _role(text: str, document: Document) -> _Role:
    comments = itertools.takewhile(lambda line: not line.strip() or line.startswith("#"), text.splitlines())
    if header := _HEADER.search("\n".join(comments)):
        return _Role(package=() if header[1] == "_global_" else tuple(header[1].split(".")))
    return _Role(before=("model",)) if document.data.keys() >= _RUN else _Role()


def _old_names(document: Document, role: _Role) -> list[tuple[Path, str]]:
    """The path of each old name in the document, in its order, and the new name."""
    found: list[tuple[Path, str]] = []
    for old, new in RENAMED.items():
        path = (*role.before, *old[len(role.package) :])
        if old[: len(role.package)] != role.package or value_at(document.data, path) is ...:
            continue
        if value_at(document.data, (*path[:-1], new)) is not ...:
            message, where = f"is the old name of `{new}`, which is given too", str(document.key_marks[path])
            raise ConfigError([Problem(message, path, hint=f"leave `{old[-1]}` out", where=where)])
        found.append((path, new))
    return sorted(found, key=lambda each: astuple(document.key_marks[each[0]])[1:])


def _exchange(lines: list[str], mark: Mark, old: str, new: str) -> None:
    """Put `new` where `old` stands at `mark`; quotes around it stay."""
    line, start = lines[mark.line - 1], mark.column - 1
    place = line.find(old, start, start + len(old) + 1)
    if place >= 0:
        lines[mark.line - 1] = line[:place] + new + line[place + len(old) :]


def _say_version(lines: list[str], document: Document) -> None:
    """Let the version stand before the first key."""
    root = document.value_marks[()]
    line, start = lines[root.line - 1], root.column - 1
    said = f"{KEY}: {SCHEMA_VERSION}"
    if line[start : start + 1] == "{":
        comma = ", " if document.data else ""
        lines[root.line - 1] = f"{line[: start + 1]}{said}{comma}{line[start + 1 :]}"
    else:
        lines.insert(root.line - 1, f"{line[:start]}{said}{_ending(line)}")


def _ending(line: str) -> str:
    return "\r\n" if line.endswith("\r\n") else "\n"
