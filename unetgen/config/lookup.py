"""Which config models may stand at a path of a config's data: what hints need to name fields and kinds."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, get_args

from pydantic import BeforeValidator
from typing_extensions import TypeAliasType

from unetgen.config.model import UNetConfig
from unetgen.config.schema.documentation import field_docs
from unetgen.config.source import value_at
from unetgen.errors import Path, Wrong
from unetgen.parts.announced import is_announced_name
from unetgen.parts.choice import Choice, Kinds
from unetgen.parts.options import OneOf
from unetgen.parts.part import Part, kinds_of

Model = type[Part]


def models_at(path: Path, data: Any, root: Model = UNetConfig) -> tuple[Model, ...]:
    """The models that may stand at `path` of `data`: one, where the data names a kind or needs none.

    `root` is the model of all of `data`, here and below: of a config, if nothing else is said.
    """
    value = value_at(data, path)
    kind = value.get("kind") if isinstance(value, dict) else value
    choice = choice_at(path, data, root)
    if isinstance(choice, Kinds) and isinstance(kind, str) and kind in choice.models:
        return (choice.models[kind],)
    allowed = all_models_at(path, data, root)
    named = tuple(model for model in allowed if has_kind(model) and kind in kinds_of(model))
    return named or _announced_at(path, kind, data, root) or allowed


def _announced_at(path: Path, kind: object, data: Any, root: Model) -> tuple[Model, ...]:
    """The model that another package announces as `kind`, where one may stand at `path`."""
    if not isinstance(kind, str) or not is_announced_name(kind):
        return ()
    choice = choice_at(path, data, root)
    try:
        return (choice.model(kind),) if isinstance(choice, Kinds) and choice.base else ()
    except Wrong:  # told where the config is checked
        return ()


def all_models_at(path: Path, data: Any, root: Model = UNetConfig) -> tuple[Model, ...]:
    """The models of every kind that may stand at `path`."""
    if not path:
        return (root,)
    *around, last = path
    if isinstance(last, int):  # an item: the list's own annotation holds the models of its items
        return all_models_at(tuple(around), data, root)
    leaves = [
        leaf for model in models_at(tuple(around), data, root) for leaf in _leaves_of_field(model, last)
    ]
    models = [
        model for leaf in leaves for model in (leaf.models.values() if isinstance(leaf, Kinds) else (leaf,))
    ]
    return tuple(dict.fromkeys(each for each in models if isinstance(each, type) and issubclass(each, Part)))


def choice_at(path: Path, data: Any, root: Model = UNetConfig) -> Choice | None:
    """What knows which mapping a bare value at `path` stands for; None where all values are themselves."""
    if not path:
        return None
    *around, last = path
    if isinstance(last, int):  # an item is written like a single value in place of the list
        return choice_at(tuple(around), data, root)
    outer = choice_at(tuple(around), data, root)
    if isinstance(outer, OneOf):
        nested = outer.family.nested(last)
        return OneOf(nested) if nested else None
    leaves = (
        leaf for model in models_at(tuple(around), data, root) for leaf in _leaves_of_field(model, last)
    )
    return next((leaf for leaf in leaves if isinstance(leaf, Choice)), None)


def expanded(path: Path, value: object, data: Any, root: Model = UNetConfig) -> Any:
    """`value` at `path` as a mapping where it is a bare value that stands for one, else as it is.

    >>> expanded(("up",), "transposed", {}), expanded(("depth",), 4, {})
    ({'kind': 'transposed'}, 4)
    """
    choice = choice_at(path, data, root)
    return choice.expand(value) if choice else value


@cache
def _leaves_of_field(model: Model, name: str) -> tuple[Any, ...]:
    info = model.model_fields.get(name)
    return tuple(_leaves((info.annotation, *info.metadata))) if info else ()


def _leaves(annotation: Any) -> Iterator[Any]:
    """The types and annotations that `annotation` is made of."""
    if isinstance(annotation, TypeAliasType):
        yield from _leaves(annotation.__value__)
    elif inner := annotation if isinstance(annotation, tuple) else get_args(annotation):
        chosen = [each for each in inner if isinstance(each, Kinds)]  # it knows its union
        for each in chosen or inner:
            yield from _leaves(each)
    elif isinstance(annotation, BeforeValidator):  # what a file says there, if it is told apart
        yield from _leaves(get_args(annotation.json_schema_input_type))
    else:
        yield annotation


def has_kind(model: Model) -> bool:
    """Whether the model is one of several, told apart by `kind`."""
    return "kind" in model.model_fields and isinstance(model.model_fields["kind"].default, str)


def kinds_at(path: Path, data: Any) -> tuple[str, ...]:
    """The kinds that may be named at `path`; none where a plain section or value stands."""
    choice = choice_at(path, data)
    return tuple(choice.models) if isinstance(choice, Kinds) else ()


def meaning_of(path: Path, data: Any, root: Model = UNetConfig) -> str | None:
    """What the field at `path` says, in the words of its documentation."""
    for model in models_at(path[:-1], data, root):
        if text := field_docs(model).get(str(path[-1])):
            return f"{text[0].lower()}{text[1:]}".removesuffix(".")
    return None


def has_default(path: Path, data: Any, root: Model = UNetConfig) -> bool:
    """Whether the field at `path` may be left out."""
    fields = (
        [model.model_fields.get(str(path[-1])) for model in models_at(path[:-1], data, root)] if path else []
    )
    return bool(fields) and all(info is not None and not info.is_required() for info in fields)
