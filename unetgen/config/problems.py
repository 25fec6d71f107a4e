"""Pydantic's errors in the reader's words: one problem for each mistake, at its place in the source."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from unetgen.config.lookup import all_models_at, has_default, has_kind, meaning_of, models_at
from unetgen.config.model import UNetConfig
from unetgen.config.source import Source, value_at
from unetgen.errors import Path, Problem, Wrong
from unetgen.parts.part import kind_of
from unetgen.spelling import MAX_LISTED, did_you_mean, nearest, one_of

if TYPE_CHECKING:
    from pydantic import ValidationError

LEAVE_OUT = "leave it out for its default"


def problems_in(error: ValidationError, source: Source) -> list[Problem]:
    """What pydantic found wrong with ``source.data``, each problem with its place.

    A field does not count as missing where the source gives it and it was refused, or misspells its name.
    """
    unknown: list[Problem] = []
    missing: list[Problem] = []
    others: list[Problem] = []
    for item in error.errors(include_url=False):
        path = item["loc"]
        if item["type"] == "extra_forbidden":
            unknown.append(_unknown_key(path, source))
        elif item["type"] == "missing":
            missing.append(source.located(Problem("missing", path, hint=_needed(path, source))))
        else:
            if item["input"] == {} and any(dropped[: len(path)] == path for dropped in source.dropped):
                continue  # all that it held was refused, and is told
            others += [_with_own_hint(problem, source) for problem in _of_value(dict(item), path, source)]
    meant = {(*problem.path[:-1], _nearest_field(problem.path, source)) for problem in unknown}
    missing = [each for each in missing if each.path not in meant and not source_gives(source, each.path)]
    return [*unknown, *missing, *others]


def source_gives(source: Source, path: Path) -> bool:
    """Whether the source has something at `path` that was refused."""
    return any(path[: len(dropped)] == dropped for dropped in source.dropped)


def _unknown_key(path: Path, source: Source) -> Problem:
    hint = _unknown_hint(path, source)
    kind = value_at(source.data, (*path[:-1], "kind"))
    chosen, given = source.where((*path[:-1], "kind")), source.where(path, key=True)
    if isinstance(kind, str) and chosen.startswith("override ") and given != chosen:
        hint += f"; `{'.'.join(map(str, path[:-1]))}={kind}` swaps the whole kind"
    return Problem("unknown key", path, hint=hint, where=source.where(path, key=True))


def _unknown_hint(path: Path, source: Source) -> str:
    name, data, root = str(path[-1]), source.data, source.root
    models = models_at(path[:-1], data, root)
    legal = tuple(dict.fromkeys(field for model in models for field in model.model_fields))
    if nearest(name, legal) is None and len(models) == 1 and has_kind(models[0]):
        kind = kind_of(models[0])
        fields = [field for field in legal if field != "kind"]
        elsewhere = [
            kind_of(model)
            for model in all_models_at(path[:-1], data, root)
            if has_kind(model) and name in model.model_fields
        ]
        belongs = f"it belongs to {_listed(elsewhere)}; " if elsewhere else ""
        return belongs + (f"the fields of {kind}: {', '.join(fields)}" if fields else f"{kind} has no fields")
    hint = did_you_mean(name, legal)
    is_short = len(path) > 1 or root is not UNetConfig
    return hint or (f"one of: {', '.join(legal)}" if is_short else "`unetgen schema` prints all fields")


def _listed(names: Sequence[str]) -> str:
    """``a, b and c``."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _nearest_field(path: Path, source: Source) -> str | None:
    models = models_at(path[:-1], source.data, source.root)
    return nearest(str(path[-1]), [field for model in models for field in model.model_fields])


def _needed(path: Path, source: Source) -> str | None:
    meaning = meaning_of(path, source.data, source.root)
    return f"it is needed: {meaning}" if meaning else None


def _with_own_hint(problem: Problem, source: Source) -> Problem:
    if problem.path == ("name",) and source.values and problem.path not in source.values:
        return replace(problem, hint="it comes from the file's name: rename the file, or set `name` in it")
    if problem.got is not None or problem.hint is not None:
        return problem
    has = has_default(problem.path, source.data, source.root)
    hint = LEAVE_OUT if has else _needed(problem.path, source)
    return replace(problem, hint=hint)


def _of_value(item: dict[str, Any], path: Path, source: Source) -> Iterator[Problem]:
    """The problems of one value, with their places."""
    cause = item.get("ctx", {}).get("error")
    if isinstance(cause, Wrong):
        problems = cause.under(*path).problems
    else:
        problems = (_of_plain_value(item, path, source),)
    yield from (source.located(problem, key=problem.message == "unknown key") for problem in problems)


def _of_plain_value(item: dict[str, Any], path: Path, source: Source) -> Problem:
    kind, context, got = item["type"], item.get("ctx", {}), item["input"]
    if kind == "literal_error":
        legal = [part.strip().strip("'") for part in context["expected"].replace(" or ", ", ").split(",")]
        meant = isinstance(got, str) and nearest(got, legal) is not None
        hint = did_you_mean(got, legal) if meant else None
        return Problem(f"must be {one_of(legal)}", path, got, hint=hint)
    if kind in ("model_type", "model_attributes_type"):
        fields = [
            field for model in models_at(path, source.data, source.root) for field in model.model_fields
        ]
        listed = f"its fields: {', '.join(fields)}" if 0 < len(fields) <= MAX_LISTED else None
        return Problem("must be a mapping", path, got, hint=None if got is None else listed)
    make = MESSAGES.get(kind)
    return Problem(make(context) if make else item["msg"].lower(), path=path, got=got)


def _number(value: float) -> str:
    return str(int(value) if float(value).is_integer() else value)


PATTERNS = {
    r"^[A-Za-z0-9][A-Za-z0-9_.-]*$": (
        "begin with a letter or digit, and have only letters, digits, `.`, `_` and `-`"
    ),
    r"^[a-z][a-z0-9_]*$": "begin with a small letter, and have only small letters, digits and `_`",
}
"""What each pattern of a field asks for, in words."""

MESSAGES: Mapping[str, Callable[[dict[str, Any]], str]] = {
    "int_type": lambda c: "must be a whole number",
    "int_from_float": lambda c: "must be a whole number",
    "float_type": lambda c: "must be a number",
    "bool_type": lambda c: "must be true or false",
    "string_type": lambda c: "must be text",
    "string_too_long": lambda c: f"must have at most {c['max_length']} characters",
    "string_pattern_mismatch": lambda c: f"must {PATTERNS[c['pattern']]}",
    "list_type": lambda c: "must be a list",
    "tuple_type": lambda c: "must be a list",
    "finite_number": lambda c: "must be a finite number",
    "greater_than": lambda c: "must be positive" if c["gt"] == 0 else f"must be more than {_number(c['gt'])}",
    "greater_than_equal": lambda c: (
        "must be positive"
        if c["ge"] == 1 and isinstance(c["ge"], int)
        else f"must be at least {_number(c['ge'])}"
    ),
    "less_than": lambda c: f"must be less than {_number(c['lt'])}",
    "less_than_equal": lambda c: f"must be at most {_number(c['le'])}",
}
"""Pydantic's error types in our words."""
