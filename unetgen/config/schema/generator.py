"""Pydantic's JSON Schema generator, taught the config language.

Field docstrings become descriptions. Only fields have one: of all schemas that match a value an editor shows
the innermost description, and what the field means has to win over what its value is. What a name stands for
is told beside the name, under ``enumDescriptions``, as the language servers of YAML and JSON read it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, get_args

from pydantic.json_schema import CoreModeRef, CoreRef, DefsRef, GenerateJsonSchema

from unetgen.config.schema.definitions import VALUES, definition_name, name_of_class
from unetgen.config.schema.documentation import field_docs, summary
from unetgen.config.schema.family_schema import (
    definition_of,
    family_definition,
    option_definition,
    option_schema,
    shared_options,
)
from unetgen.parts.announced import NAME_PATTERN
from unetgen.parts.choice import KIND, Kinds
from unetgen.parts.options import KerasChoice, OneOf
from unetgen.parts.part import Part, kind_of, kinds_of
from unetgen.parts.vocabulary import Family

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic_core import core_schema


def short_default(value: Any) -> Any:
    """A default as a file would say it: a bare name where that is enough, ``{}`` for all fields' defaults."""
    if isinstance(value, KerasChoice):
        bare = {KIND: value.name}
        return value.name if value == type(value).parse(value.family, bare) else value.dump()
    if isinstance(value, Part):
        if value != type(value)():
            return value.model_dump(mode="json")
        return kind_of(type(value)) if names_its_kind(type(value)) else {}
    return value


def names_its_kind(model: type[BaseModel]) -> bool:
    """Whether `model` is one kind of a union or a family of them, not a model with a choice called `kind`."""
    info = model.model_fields.get("kind")
    is_one = info is not None and len(get_args(info.annotation)) == 1
    return is_one or (issubclass(model, Part) and model.variants is not None)


_FUNCTIONS: Mapping[Callable[..., Any], str] = {
    alias.__metadata__[0].func: name for name, (alias, _) in VALUES.items()
}


def _is_whole_by_name(model: type[Part]) -> bool:
    """Whether all fields of `model` have defaults, so that its bare name says it all."""
    return not any(info.is_required() for info in model.model_fields.values())


def _named(kinds: Mapping[str, type[Part]]) -> dict[str, Any]:
    """The bare name of any of `kinds`; an editor shows beside each what it is."""
    return {"enum": list(kinds), "enumDescriptions": [summary(model) for model in kinds.values()]}


def _kind(model: type[Part]) -> dict[str, Any]:
    """What `kind` says of `model`: its name, or one of those of a family."""
    kinds = kinds_of(model)
    return {"const": kinds[0]} if len(kinds) == 1 else _named(dict.fromkeys(kinds, model))


_OTHER = {"type": "string", "pattern": NAME_PATTERN}
_NAMED = {"description": "A kind of another package: package/kind.", **_OTHER}
_OTHERS = (_OTHER, {"type": "object", "required": ["kind"], "properties": {"kind": _NAMED}})
"""Kinds of other packages, whose fields the schema does not know."""


class Generator(GenerateJsonSchema):
    """Pydantic's generator: docstrings as descriptions, shared parts as definitions, no titles."""

    def generate_inner(self, schema: Any) -> dict[str, Any]:
        function = schema.get("function", {}).get("function") if isinstance(schema, dict) else None
        choice = getattr(function, "__self__", None)
        if isinstance(choice, OneOf):
            return self._family(choice.family)
        if isinstance(choice, Kinds):
            return self._defined(choice.of, lambda: self._by_kind(choice), schema.get("ref"))
        name = _FUNCTIONS.get(function) if function else None
        if name is not None:
            return self._defined(name, partial(super().generate_inner, schema))
        return super().generate_inner(schema)

    def model_schema(self, schema: core_schema.ModelSchema) -> dict[str, Any]:
        out = super().model_schema(schema)
        model: type[Part] = schema["cls"]
        for words in ("title", "description"):
            out.pop(words, None)
        for name, text in field_docs(model).items():
            out["properties"][name].setdefault("description", text)
        if names_its_kind(model):
            out["properties"]["kind"] = {"description": summary(model), **_kind(model)}
        return out

    def get_defs_ref(self, core_mode_ref: CoreModeRef) -> DefsRef:
        """The definition's name, at once and for good: definitions of ours refer to each other by it."""
        name = DefsRef(name_of_class(core_mode_ref[0].rpartition(":")[0].rpartition(".")[2]))
        self._prioritized_defsref_choices[name] = [name]
        return name

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def encode_default(self, dft: Any) -> Any:
        return super().encode_default(short_default(dft))

    def _family(self, family: Family) -> dict[str, Any]:
        for entry in family.objects.values():
            for nested in {option.nested for option in entry.options.values() if option.nested}:
                self._family(nested)
        for name, option in shared_options(family).items():
            self._defined(option_definition(family, name), partial(option_schema, option))
        return self._defined(definition_of(family), lambda: family_definition(family))

    def _by_kind(self, choice: Kinds[Any]) -> dict[str, Any]:
        for model in dict.fromkeys(choice.models.values()):
            model.model_rebuild()
        models = [self._model(model) for model in dict.fromkeys(choice.models.values())]
        names = _named({name: model for name, model in choice.models.items() if _is_whole_by_name(model)})
        ours: list[dict[str, Any]] = [names, {"type": "object", "required": ["kind"], "oneOf": models}]
        return {"anyOf": ours if choice.base is None else [*ours, *_OTHERS]}

    def _model(self, model: type[BaseModel]) -> dict[str, Any]:
        body = self.generate_inner(model.__pydantic_core_schema__)
        return body if "$ref" in body else self._defined(definition_name(model), lambda: body)

    def _defined(
        self, name: str, body: Callable[[], dict[str, Any]], core_ref: str | None = None
    ) -> dict[str, Any]:
        """A reference to the definition `name`, which is made the first time."""
        ref, reference = self.get_cache_defs_ref_schema(CoreRef(core_ref or f"{name}:0"))
        if ref not in self.definitions:
            self.definitions[ref] = {}  # `body` may come here again
            self.definitions[ref] = body()
        return reference
