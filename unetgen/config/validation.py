"""From plain data to a checked `UNetConfig`, or to every problem with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from unetgen.config.checks import cross_problems
from unetgen.config.documentation import field_docs
from unetgen.config.lowering import lower
from unetgen.config.model import UNetConfig
from unetgen.config.resolved import with_defaults
from unetgen.config.source import Source, value_at
from unetgen.errors import ConfigError, Path, Problem, Wrong
from unetgen.parts.part import kind_of
from unetgen.plan.graph import Plan
from unetgen.spelling import did_you_mean, nearest

PLACEHOLDERS: Mapping[str, Any] = {
    "input": {"shape": [64]},
    "depth": 2,
    "base_filters": 8,
    "num_classes": 2,
}
"""Stand for required fields that are wrong, while the other fields are checked against each other."""


def validate(source: Source) -> tuple[UNetConfig, Plan]:
    """The config and its plan; raises `ConfigError` with every problem of `source`."""
    problems = list(source.problems)
    try:
        config = UNetConfig.model_validate(source.data)
    except ValidationError as error:
        found = [
            problem
            for problem in problems_of(error, source.data)
            if not (problem.message == "missing" and _was_dropped(source, problem.path))
        ]
        problems += [source.located(problem, key=problem.message == "unknown key") for problem in found]
        wrong = {str(problem.path[0]) for problem in found if problem.path}
        problems += [source.located(problem) for problem in _cross(source, wrong)]
        raise ConfigError(_in_order(problems)) from None
    wrong = {str(path[0]) for path in source.dropped if path}
    if problems:
        problems += [source.located(problem) for problem in cross_problems(config, frozenset(wrong))]
        raise ConfigError(_in_order(problems))
    config = with_defaults(config)
    try:
        return config, lower(config)
    except ConfigError as error:
        raise ConfigError(_in_order(source.located(p) for p in error.problems)) from None


def _cross(source: Source, wrong: set[str]) -> tuple[Problem, ...]:
    """What the fields that are right by themselves contradict each other about."""
    wrong |= {str(path[0]) for path in source.dropped if path}
    wrong |= {meant for name in wrong if (meant := nearest(name, UNetConfig.model_fields))}
    data = {key: value for key, value in source.data.items() if key not in wrong}
    data |= {key: value for key, value in PLACEHOLDERS.items() if key in wrong}
    try:
        return cross_problems(UNetConfig.model_validate(data), frozenset(wrong))
    except ValidationError:
        return ()


def _was_dropped(source: Source, path: Path) -> bool:
    return any(path[: len(dropped)] == dropped for dropped in source.dropped)


def _in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Each problem once, by place: files in order of appearance, then line and column."""
    unique = list({str(problem): problem for problem in problems}.values())
    files: dict[str, int] = {}

    def key(problem: Problem) -> tuple[int, int, int]:
        name, line, column = _split(problem.where or "")
        return files.setdefault(name, len(files)), line, column

    return sorted(unique, key=key)


def _split(where: str) -> tuple[str, int, int]:
    parts = where.rsplit(":", 2)
    if len(parts) == 3 and parts[1].isdigit() and parts[2].isdigit():
        return parts[0], int(parts[1]), int(parts[2])
    return where, 0, 0


def problems_of(error: ValidationError, data: Any) -> Iterator[Problem]:
    """The problems that pydantic found in `data`, in our words and with paths as the user writes them."""
    for item in error.errors(include_url=False):
        path = _path(item["loc"], data)
        cause = item.get("ctx", {}).get("error")
        if isinstance(cause, Wrong):
            yield from cause.under(*path).problems
        elif isinstance(cause, ValidationError):
            for problem in problems_of(cause, value_at(data, path)):
                yield replace(problem, path=(*path, *problem.path))
        else:
            yield _problem(dict(item), path, data)


def _path(loc: tuple[int | str, ...], data: Any) -> Path:
    """`loc` without the tags that pydantic puts in for the kinds of a union."""
    path: list[int | str] = []
    for part in loc:
        is_tag = isinstance(data, dict) and part not in data and data.get("kind") == part
        if is_tag or (isinstance(data, str) and data == part):
            continue
        path.append(part)
        data = value_at(data, (part,))
    return tuple(path)


def _problem(item: dict[str, Any], path: Path, data: Any) -> Problem:
    kind, context, got = item["type"], item.get("ctx", {}), item["input"]
    if kind == "missing":
        return Problem("missing", path=path, hint=_missing_hint(path, data))
    if kind == "extra_forbidden":
        return Problem("unknown key", path=path, hint=_unknown_hint(path, data))
    if kind == "union_tag_not_found":
        kinds = _unquoted(str(UNION_KINDS(path, data)))
        return Problem("has no `kind`", path=path, got=got, hint=f"one of: {kinds}")
    if kind == "union_tag_invalid":
        expected = _tags(context["expected_tags"])
        hint = did_you_mean(str(context["tag"]), expected)
        return Problem("unknown kind", path=(*path, "kind"), got=context["tag"], hint=hint or None)
    if kind == "literal_error":
        expected = _tags(context["expected"])
        hint = did_you_mean(got, expected) if isinstance(got, str) else None
        return Problem(
            f"must be {' or '.join(filter(None, [', '.join(expected[:-1]), expected[-1]]))}", path, got, hint
        )
    make = MESSAGES.get(kind)
    return Problem(make(context) if make else item["msg"].lower(), path=path, got=got)


def _tags(text: str) -> list[str]:
    return [part.strip().strip("'") for part in text.replace(" or ", ", ").split(",")]


def _unquoted(text: str) -> str:
    return text.replace("'", "")


MESSAGES: Mapping[str, Callable[[dict[str, Any]], str]] = {
    "int_type": lambda c: "must be a whole number",
    "int_from_float": lambda c: "must be a whole number",
    "float_type": lambda c: "must be a number",
    "bool_type": lambda c: "must be true or false",
    "string_type": lambda c: "must be text",
    "string_too_long": lambda c: f"must have at most {c['max_length']} characters",
    "string_pattern_mismatch": lambda c: (
        "must begin with a letter or digit, and have only letters, digits, `.`, `_` and `-`"
    ),
    "model_type": lambda c: "must be a mapping",
    "model_attributes_type": lambda c: "must be a mapping",
    "dict_type": lambda c: "must be a mapping",
    "list_type": lambda c: "must be a list",
    "tuple_type": lambda c: "must be a list",
    "finite_number": lambda c: "must be a finite number",
    "greater_than": lambda c: "must be positive" if c["gt"] == 0 else f"must be more than {c['gt']}",
    "greater_than_equal": lambda c: (
        "must be positive" if c["ge"] == 1 and isinstance(c["ge"], int) else f"must be at least {c['ge']}"
    ),
    "less_than": lambda c: f"must be less than {c['lt']}",
    "less_than_equal": lambda c: f"must be at most {c['le']}",
}
"""Pydantic's error types in our words."""


def models_at(path: Path, data: Any) -> list[type[BaseModel]]:
    """The config models that may stand under `path` of `data`, by the kinds that the data names."""
    models: list[type[BaseModel]] = [UNetConfig]
    for part in path:
        data = value_at(data, (part,))
        below: list[type[BaseModel]] = []
        for model in models:
            if isinstance(part, str) and part in model.model_fields:
                info = model.model_fields[part]
                below += _models_in(info.annotation)
                for extra in info.metadata:
                    below += _models_in(getattr(extra, "json_schema_input_type", None))
        kind = data.get("kind") if isinstance(data, dict) else data
        named = [m for m in below if "kind" in m.model_fields and kind_of(m) == kind]  # type: ignore[arg-type]
        models = named or below
    return list(dict.fromkeys(models))


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if get_origin(annotation) in (Union, UnionType, Annotated):
        return [model for inner in get_args(annotation) for model in _models_in(inner)]
    return []


def _unknown_hint(path: Path, data: Any) -> str | None:
    models = models_at(path[:-1], data)
    legal = sorted({name for model in models for name in model.model_fields})
    kinds = [kind_of(m) for m in models if "kind" in m.model_fields]  # type: ignore[arg-type]
    hint = did_you_mean(str(path[-1]), legal)
    if len(kinds) == 1 and nearest(str(path[-1]), legal) is None:
        stale = f"{kinds[0]} has no such field"
        swap = f"`{path[-2]}={kinds[0]}` swaps the whole kind" if len(path) > 1 else ""
        return "; ".join(filter(None, [stale, hint, swap]))
    return hint or None


def UNION_KINDS(path: Path, data: Any) -> str:  # noqa: N802
    """The kinds that may stand under `path`."""
    models = models_at(path, {})
    return ", ".join(sorted({kind_of(m) for m in models if "kind" in m.model_fields}))  # type: ignore[arg-type]


def _missing_hint(path: Path, data: Any) -> str | None:
    for model in models_at(path[:-1], data):
        if meaning := field_docs(model).get(str(path[-1])):
            return f"it is needed: {meaning}"
    return None
