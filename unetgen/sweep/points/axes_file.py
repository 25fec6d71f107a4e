"""The axes of a sweep in a file of their own: names and values, as on the command line without its quotes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from unetgen.config.composing.overrides import origin, read
from unetgen.config.validation import in_order
from unetgen.config.yaml.tree import Document, read_yaml
from unetgen.errors import ConfigError, Problem
from unetgen.sweep.points.written import written

_SWEEP = re.compile(r"(range|interval|glob|choice|shuffle|sort)\(.*\)", re.DOTALL)
"""Text that says values in Hydra's grammar."""
_KEY = re.compile(r"\+{0,2}[A-Za-z_][\w.@/:-]*")


@dataclass(frozen=True)
class Axes:
    """The axes of a file as overrides, in its order, and where it has them."""

    overrides: tuple[str, ...] = ()
    places: Mapping[str, str] = field(default_factory=dict)
    """Of each value in a list by its override, such as ``depth=2``, and of all that a key has by the key."""

    def located(self, problems: Iterable[Problem], overrides: Iterable[str]) -> list[Problem]:
        """`problems` of `overrides`, at their places in the file where that is where they come from."""
        places = self.places
        known = {origin(each): places.get(each) or places.get(each.partition("=")[0]) for each in overrides}
        return [replace(each, where=known.get(each.where or "") or each.where) for each in problems]


def axes_in(file: Path) -> Axes:
    """The axes in `file`, a YAML mapping.

    A list has the values of an axis; anything else is one value for all points, apart from text such as
    ``range(2,6)``. Raises `ConfigError` with all that cannot be used, with file, line and column.
    """
    document = read_yaml(file)
    problems = [*document.problems, *_wrong(document)]
    if problems:
        raise ConfigError(in_order(problems))
    overrides = tuple(f"{key}={_values(value)}" for key, value in document.data.items())
    return Axes(overrides, dict(_places(document)))


def _places(document: Document) -> Iterator[tuple[str, str]]:
    for key, value in document.data.items():
        yield key, str(document.value_marks[key,])
        for index, item in enumerate(value if isinstance(value, list) else ()):
            yield f"{key}={written(item)}", str(document.value_marks[key, index])


def _values(value: object) -> str:
    if isinstance(value, list):
        return ",".join(map(written, value))
    return value if isinstance(value, str) and _SWEEP.fullmatch(value) else written(value)


def _wrong(document: Document) -> Iterator[Problem]:
    for key, value in document.data.items():
        where = str(document.key_marks[key,])
        if not _KEY.fullmatch(key):
            hint = "write a field's name, such as depth or norm.epsilon"
            yield Problem("does not name an axis", got=key, hint=hint, where=where)
            continue
        if value == []:
            hint = "list its values, or leave it out"
            yield Problem("has no values", (key,), hint=hint, where=str(document.value_marks[key,]))
            continue
        override = read(f"{key}={_values(value)}")
        if isinstance(override, Problem):
            yield Problem(override.message, (key,), hint=override.hint, where=str(document.value_marks[key,]))
