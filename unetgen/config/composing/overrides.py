"""Overrides such as ``depth=4`` or ``up.kind=transposed``, in Hydra's grammar, on plain data.

As in Hydra a value replaces the one under its path and a mapping merges into a mapping, by the rules of
`merging`. No ``+`` is needed for a field that the file leaves at its default: it is there, so that
``down.size=3`` sets the size of the default down.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Any

from unetgen.config.composing.merging import expand_in, put
from unetgen.config.lookup import choice_at
from unetgen.config.renamed import new_path, renew
from unetgen.config.source import Source, paths_in, value_at
from unetgen.config.yaml.file import CONTROL, code_of
from unetgen.config.yaml.nodes import MAX_DEPTH
from unetgen.errors import ConfigError, Path, Problem
from unetgen.parts.part import Part
from unetgen.spelling import did_you_mean

_LONGEST_NAMED = 500
"""Characters of an override that errors repeat."""
_DIGITS_OF_A_PLACE = 9


def cut(text: str) -> str:
    """An override as people are shown it: no longer than a few lines."""
    return text if len(text) <= _LONGEST_NAMED else f"{text[: _LONGEST_NAMED - 3]}..."


def parse(texts: Iterable[str]) -> list[Any]:
    """Hydra's override objects; raises `ConfigError` with all that cannot be used."""
    parsed = [_parsed(text) for text in texts]
    if problems := [result for result in parsed if isinstance(result, Problem)]:
        raise ConfigError(problems)
    return parsed


def origin(text: str) -> str:
    """How errors name the place of an override; a long one is cut."""
    text = cut(text)
    return f"override '{text}'" if text.isprintable() else f"override {text!r}"


@lru_cache(maxsize=4096)
def read(text: str) -> Any:
    """Hydra's override object of `text`, whatever it sets and how many values it gives; or a `Problem`."""
    from hydra.errors import HydraException

    where = origin(text)
    if control := CONTROL.search(text):
        return Problem(f"holds the control character {code_of(control[0])}", where=where)
    try:
        override = _parser().parse_override(text)
    except HydraException as error:
        reason = str(error).splitlines()[0].rstrip(".")
        hint = "write key=value, as in Hydra, and quote text that has special characters"
        return Problem(f"cannot be read: {reason}", hint=hint, where=where)
    except ValueError as error:
        from unetgen.config.composing.override_parser import RefusedValueError

        if isinstance(error, RefusedValueError):
            return Problem(str(error), hint=error.hint, where=where)
        return Problem("has a number of thousands of digits, which nothing needs", where=where)
    except RecursionError:
        return Problem(f"nested deeper than {MAX_DEPTH} levels", where=where)
    if not override.key_or_group:
        return Problem("has no key", hint="write key=value, as in Hydra", where=where)
    return override


def is_hydra(override: Any) -> bool:
    """Whether an override is a setting of Hydra itself."""
    return re.split(r"[./]", override.key_or_group)[0] == "hydra"


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Any:
    """The override of one value in `text`, or what is wrong with it."""
    override = read(text)
    if isinstance(override, Problem):
        return override
    where = origin(text)
    if override.is_sweep_override():
        hint = "only `unetgen sweep` takes them; a list is key=[a,b]"
        return Problem("gives several values", hint=hint, where=where)
    if is_hydra(override):
        return Problem("`hydra` settings belong to `unetgen sweep`", where=where)
    path = _parts(override)
    if max(len(inner) for inner in paths_in(override.value(), path)) > MAX_DEPTH:
        return Problem(f"nested deeper than {MAX_DEPTH} levels", where=where)
    return override


@cache
def _parser() -> Any:
    from unetgen.config.composing.override_parser import StrictOverridesParser

    return StrictOverridesParser.create()


def apply(source: Source, overrides: Iterable[Any]) -> None:
    """Apply Hydra override objects to `source`, in order; those that do not fit become its problems."""
    for override in overrides:
        problem = _unfit(override) or (_delete if override.is_delete() else _set)(source, override)
        if problem is not None:
            source.problems.append(problem)
            source.dropped.add(_parts(override)[:1])


def _unfit(override: Any) -> Problem | None:
    key, where = override.key_or_group, origin(override.input_line)
    if override.package is not None:
        hint = f"write {override.package}={override.input_line.partition('=')[2]}"
        return Problem(f"chooses no config group: no defaults list has `{key}` there", where=where, hint=hint)
    if "/" in key:
        return Problem(f"chooses no config group: no defaults list has `{key}`", where=where)
    return None


def _set(source: Source, override: Any) -> Problem | None:
    where = origin(override.input_line)
    value = _renewed(source, override, where)
    path = _parent(source, _parts(override), where)
    if isinstance(path, Problem):
        return path
    current = value_at(source.data, path)
    if override.is_add() and current not in (..., None) and not isinstance(value, dict | list):
        hint = "leave out the `+`, no field needs it"
        return Problem("is already there, it cannot be added", path=path, where=where, hint=hint)
    put(source, path, value, Source(where, {}, dict.fromkeys(paths_in(value, path), where)))
    return None


def _parent(source: Source, parts: tuple[str, ...], where: str) -> Path | Problem:
    """The path of `parts`, made ready: what holds its last part is a mapping, or a list that has it."""
    path: Path = ()
    for index, part in enumerate(parts):
        holder = value_at(source.data, path)
        if holder in (..., None):
            value_at(source.data, path[:-1])[path[-1]] = _default(path, source.root)
            source.mark(path, where)
        elif not isinstance(holder, list) or _index(part) is None:
            holder = expand_in(source, path) if path else holder
        if isinstance(holder, list):
            item = _index(part)
            if item is None or item >= len(holder):
                hint = f"its items are 0 to {len(holder) - 1}" if holder else None
                if hint and item is None and choice_at(path, source.data, source.root):
                    key = ".".join(map(str, (*path, 0, *parts[index:])))
                    hint += f": write `{key}=...` for the first"
                return Problem(f"is a list of {len(holder)}", path=path, got=part, hint=hint, where=where)
            path = (*path, item)
            continue
        if holder not in (..., None) and not isinstance(holder, dict):
            message = "is a single value, nothing can be set inside it"
            return Problem(message, path=path, got=holder, where=where)
        path = (*path, part)
        assert len(path) == index + 1
    return path


def _default(path: Path, root: type[Part]) -> dict[str, Any]:
    """The kind of a field that the file leaves at its default, for a part of it to be set; or nothing."""
    from unetgen.parts.choice import KIND
    from unetgen.parts.options import KerasChoice

    name, *rest = path
    field = root.model_fields.get(str(name))
    default: Any = field.get_default(call_default_factory=True) if field else None
    for part in rest:
        default = getattr(default, str(part), None)
    if isinstance(default, KerasChoice):
        return {KIND: default.name}
    kind = getattr(default, "kind", None)
    return {} if kind is None else {"kind": kind}


def _renewed(source: Source, override: Any, where: str) -> Any:
    """The value of an override with new names, noting the old ones in it and in its key."""
    given = _given(override)
    said = Source(where, _with_text_keys(override.value()))
    renew(said, given)
    if (path := _parts(override)) != given:
        said.notes.append(Problem(f"write `{path[-1]}` for `{given[-1]}`", where=where))
    placed = said.under(given)
    source.notes += placed.notes
    source.problems += placed.problems
    return said.data


def _delete(source: Source, override: Any) -> Problem | None:
    where = origin(override.input_line)
    path = _path(source.data, _parts(override))
    holder, current = value_at(source.data, path[:-1]), value_at(source.data, path)
    if current is ...:
        names = [str(key) for key in holder] if isinstance(holder, dict) else []
        hint = did_you_mean(str(path[-1]), names) or None
        return Problem("is not there to be deleted", path=path, where=where, hint=hint)
    if isinstance(holder, list):
        hint = "give the whole list instead"
        return Problem("is an item of a list, it cannot be deleted", path=path, where=where, hint=hint)
    wanted = _with_text_keys(override.value())
    if wanted is not None and wanted != current:
        return Problem(f"is not {wanted!r}, so it is not deleted", path=path, got=current, where=where)
    source.forget(path)
    del holder[path[-1]]
    return None


def _parts(override: Any) -> tuple[str, ...]:
    return new_path(_given(override))


def _given(override: Any) -> tuple[str, ...]:
    return tuple(override.key_or_group.split("."))


def _path(data: Any, parts: tuple[str, ...]) -> Path:
    """`parts` with those that index a list as numbers."""
    path: Path = ()
    for part in parts:
        item = _index(part) if isinstance(value_at(data, path), list) else None
        path = (*path, part if item is None else item)
    return path


def _index(part: str) -> int | None:
    """The place in a list that a part of a key names, if it does; no list has more than billions of items."""
    return int(part) if part.isdecimal() and len(part) <= _DIGITS_OF_A_PLACE else None


def _with_text_keys(value: Any) -> Any:
    """A value of Hydra's grammar with keys as YAML files have them, which are text only."""
    if isinstance(value, dict):
        return {str(key): _with_text_keys(item) for key, item in value.items()}
    return [_with_text_keys(item) for item in value] if isinstance(value, list) else value
