"""Which config models may stand at a path of a config's data: what hints need to name fields and kinds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from typing_extensions import TypeAliasType

from unetgen.config.model import UNetConfig
from unetgen.config.schema.documentation import field_docs
from unetgen.config.source import value_at
from unetgen.errors import Path
from unetgen.parts.choice import Kinds
from unetgen.parts.part import Part, kind_of

Model = type[Part]


def models_at(path: Path, data: Any) -> tuple[Model, ...]:
    """The models that may stand at `path` of `data`: one, where the data names a kind or none is needed."""
    allowed = all_models_at(path, data)
    value = value_at(data, path)
    kind = value.get("kind") if isinstance(value, dict) else value
    named = tuple(model for model in allowed if has_kind(model) and kind_of(model) == kind)
    return named or allowed


def all_models_at(path: Path, data: Any) -> tuple[Model, ...]:
    """The models of every kind that may stand at `path`."""
    if not path:
        return (UNetConfig,)
    *around, last = path
    if isinstance(last, int):  # an item: the list's own annotation holds the models of its items
        return all_models_at(tuple(around), data)
    fields = [model.model_fields.get(last) for model in models_at(tuple(around), data)]
    found = [model for info in fields if info for model in _models_in((info.annotation, *info.metadata))]
    return tuple(dict.fromkeys(found))


def _models_in(annotation: Any) -> Iterator[Model]:
    if isinstance(annotation, type) and issubclass(annotation, Part):
        yield annotation
    elif isinstance(annotation, Kinds):
        yield from annotation.models.values()
    elif isinstance(annotation, TypeAliasType):
        yield from _models_in(annotation.__value__)
    else:
        for inner in annotation if isinstance(annotation, tuple) else get_args(annotation):
            yield from _models_in(inner)


def has_kind(model: Model) -> bool:
    """Whether the model is one of several, told apart by `kind`."""
    return "kind" in model.model_fields and isinstance(model.model_fields["kind"].default, str)


def kinds_at(path: Path, data: Any) -> tuple[str, ...]:
    """The kinds that may be named at `path`; none where a plain section or value stands."""
    models = [model for model in all_models_at(path, data) if has_kind(model)]
    several = [model for model in models if len(get_args(model.model_fields["kind"].annotation)) == 1]
    return tuple(kind_of(model) for model in several)


def meaning_of(path: Path, data: Any) -> str | None:
    """What the field at `path` says, in the words of its documentation."""
    for model in models_at(path[:-1], data):
        if text := field_docs(model).get(str(path[-1])):
            return f"{text[0].lower()}{text[1:]}".removesuffix(".")
    return None


def has_default(path: Path, data: Any) -> bool:
    """Whether the field at `path` may be left out."""
    fields = [model.model_fields.get(str(path[-1])) for model in models_at(path[:-1], data)] if path else []
    return bool(fields) and all(info is not None and not info.is_required() for info in fields)
