"""The axes of a sweep in a file of their own: names and values, as on the command line without its quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from unetgen.config.composing.overrides import read
from unetgen.config.yaml.tree import Document, read_yaml
from unetgen.errors import ConfigError, Problem
from unetgen.sweep.points.written import written

_SWEEP = re.compile(r"(range|interval|glob|choice|shuffle|sort)\(.*\)", re.DOTALL)
"""Text that says values in Hydra's grammar."""
_KEY = re.compile(r"\+{0,2}[A-Za-z_][\w.@/:-]*")


def axes_in(file: Path) -> tuple[str, ...]:
    """The axes in `file`, a YAML mapping, as overrides in its order.

    A list has the values of an axis; anything else is one value for all points, apart from text such as
    ``range(2,6)``. Raises `ConfigError` with all that cannot be used, with file, line and column.
    """
    document = read_yaml(file)
    problems = [*document.problems, *_wrong(document)]
    if problems:
        raise ConfigError(problems)
    return tuple(f"{key}={_values(value)}" for key, value in document.data.items())


def _values(value: Any) -> str:
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
