"""Overrides such as ``depth=4`` or ``up.kind=transposed``, in Hydra's grammar, on plain data.

A value replaces the one under its path; a mapping merges into a mapping, as in Hydra, unless it names
another ``kind``, whose fields would be left behind otherwise. No ``+`` is needed for a field that the
file leaves at its default.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

from unetgen.config.source import Source, value_at
from unetgen.errors import ConfigError, Path, Problem


def parse(texts: Iterable[str]) -> list[Any]:
    """Hydra's override objects; raises `ConfigError` with all that are not in its grammar."""
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    parser = OverridesParser.create()
    parsed, problems = [], []
    for text in texts:
        try:
            override = parser.parse_override(text)
        except HydraException as error:
            reason = str(error).splitlines()[0].rstrip(".")
            hint = "write key=value, as in Hydra"
            problems.append(Problem(f"cannot be read: {reason}", hint=hint, where=origin(text)))
            continue
        if problem := _unusable(override, text):
            problems.append(problem)
        else:
            parsed.append(override)
    if problems:
        raise ConfigError(problems)
    return parsed


def origin(text: str) -> str:
    """How errors name the place of an override."""
    return f"override '{text}'"


def _unusable(override: Any, text: str) -> Problem | None:
    where = origin(text)
    if override.is_sweep_override():
        return Problem("gives several values", hint="only `unetgen sweep` takes them", where=where)
    if override.key_or_group.split(".")[0] == "hydra":
        return Problem("`hydra` settings belong to `unetgen sweep`", where=where)
    return None


def apply(source: Source, overrides: Iterable[Any]) -> None:
    """Apply Hydra override objects to `source`, in order; raises `ConfigError` with all that do not fit."""
    problems = []
    for override in overrides:
        path: Path = tuple(int(part) if part.isdigit() else part for part in override.key_or_group.split("."))
        problem = _delete(source, path, override) if override.is_delete() else _set(source, path, override)
        if problem is not None:
            problems.append(problem)
    if problems:
        raise ConfigError(problems)


def _set(source: Source, path: Path, override: Any) -> Problem | None:
    where = origin(override.input_line)
    value = _plain(override.value())
    if override.is_add() and not override.is_force_add() and value_at(source.data, path) is not ...:
        hint = "leave out the `+`, no field needs it"
        return Problem("is already there, it cannot be added", path=path, where=where, hint=hint)
    parent = _parent(source, path, where)
    if isinstance(parent, Problem):
        return parent
    last = path[-1]
    if isinstance(parent, list):
        if not isinstance(last, int) or last >= len(parent):
            return Problem(f"is a list of {len(parent)}", path=path[:-1], got=last, where=where)
    current = value_at(parent, (last,))
    if isinstance(value, dict) and isinstance(current, dict) and not _another_kind(value, current):
        value = _merged(current, value)
    else:
        source.forget_below(path)
    parent[last] = value
    source.mark(path, where)
    source.dropped = {known for known in source.dropped if known[: len(path)] != path}
    return None


def _parent(source: Source, path: Path, where: str) -> Any:
    """The collection that holds the last part of `path`; mappings on the way are made as needed."""
    holder: Any = source.data
    for length, part in enumerate(path[:-1], start=1):
        below = value_at(holder, (part,))
        if below is ... or below is None:
            if isinstance(holder, list):
                return Problem(f"is a list of {len(holder)}", path=path[: length - 1], got=part, where=where)
            below = holder[part] = {}
            source.mark(path[:length], where)
        elif isinstance(below, str):  # a bare name stands for the kind with its defaults
            below = holder[part] = {"kind": below}
            source.mark((*path[:length], "kind"), source.where(path[:length]))
        if not isinstance(below, dict | list):
            message = "is a single value, nothing can be set inside it"
            return Problem(message, path=path[:length], got=below, where=where)
        holder = below
    return holder


def _delete(source: Source, path: Path, override: Any) -> Problem | None:
    where = origin(override.input_line)
    current = value_at(source.data, path)
    if current is ...:
        return Problem("is not there to be deleted", path=path, where=where)
    wanted = _plain(override.value()) if override.value() not in (None, "") else ...
    if wanted is not ... and wanted != current:
        return Problem(f"is not {wanted!r}, so it is not deleted", path=path, got=current, where=where)
    del value_at(source.data, path[:-1])[path[-1]]
    source.forget_below(path)
    return None


def _another_kind(value: dict[str, Any], current: dict[str, Any]) -> bool:
    return any(key in value and value[key] != current.get(key) for key in ("kind", "name"))


def _merged(current: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    out = copy.copy(current)
    for key, item in value.items():
        both = isinstance(item, dict) and isinstance(out.get(key), dict)
        out[key] = _merged(out[key], item) if both and not _another_kind(item, out[key]) else item
    return out


def _plain(value: Any) -> Any:
    """Hydra's parsed value as plain data: its quoted strings become text."""
    if isinstance(value, dict):
        return {str(_plain(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return getattr(value, "text", value)
