"""The JSON Schema of the config language (draft 2020-12), with every field's description and default.

What several fields share stands once, under ``$defs``: the unions of kinds, the tables of Keras's names, and
the values that spread out per axis or per level. `documented_schema` says what a value is; `json_schema`
also admits a reference such as ``${base_filters}`` in its place, as the loader does.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, get_args

from pydantic.json_schema import CoreModeRef, CoreRef, DefsRef, GenerateJsonSchema

from unetgen.config.model import UNetConfig
from unetgen.config.schema.documentation import field_docs
from unetgen.config.schema.family_schema import (
    definition_of,
    family_definition,
    option_definition,
    option_schema,
    shared_options,
)
from unetgen.config.sections import Order, Shape
from unetgen.parts.blocks import BLOCKS
from unetgen.parts.bottlenecks import BOTTLENECKS
from unetgen.parts.choice import Kinds
from unetgen.parts.downs import DOWNS
from unetgen.parts.heads.hidden import Widths
from unetgen.parts.keras_names import (
    ACTIVATIONS,
    INITIALIZERS,
    OPTIMIZERS,
    REGULARIZERS,
    SCHEDULES,
)
from unetgen.parts.norms import NORMS
from unetgen.parts.options import KerasChoice, OneOf
from unetgen.parts.part import Part, kind_of
from unetgen.parts.skips import SKIPS
from unetgen.parts.topologies import TOPOLOGIES
from unetgen.parts.ups import UPS
from unetgen.parts.ups.up import FilterPolicy
from unetgen.parts.values import (
    Counts,
    Filters,
    LevelCounts,
    LevelFlags,
    Multiples,
    OptionalPerConv,
    PerAxis,
    PerConv,
    Rates,
    Spatial,
)
from unetgen.parts.vocabulary import Family

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic_core import core_schema

DIALECT = "https://json-schema.org/draft/2020-12/schema"
REFERENCE = "Reference"

UNIONS: Mapping[str, tuple[type[Part], ...]] = {
    "Block": BLOCKS,
    "Bottleneck": BOTTLENECKS,
    "Down": DOWNS,
    "Up": UPS,
    "Skip": SKIPS,
    "Norm": NORMS,
    "Topology": TOPOLOGIES,
}
"""The unions of kinds, by the name of their definition."""

VALUES: Mapping[str, tuple[Any, str]] = {
    "Shape": (Shape, "a list of 1 to 3 positive whole numbers"),
    "Spatial": (
        Spatial,
        "a positive whole number, a list of one per axis, or a list of such lists, one per level",
    ),
    "PerAxis": (PerAxis, "a positive whole number, a list of one per axis, or null"),
    "Filters": (
        Filters,
        "a list with one entry per level (a positive whole number, or a list of one per convolution) or null",
    ),
    "Multiples": (Multiples, "a list of positive numbers, one per convolution of a block, or null"),
    "Rates": (Rates, "a number from 0 to less than 1, or a list of one per level"),
    "Counts": (Counts, "a positive whole number, a list of one per level, or null"),
    "LevelCounts": (LevelCounts, "a positive whole number, or a list of one per level"),
    "LevelFlags": (LevelFlags, "true or false, or a list of one per level"),
    "PerConv": (
        PerConv,
        "a positive whole number, a list of such, or a list of such lists, one per level",
    ),
    "OptionalPerConv": (
        OptionalPerConv,
        "a positive whole number, a list of such, a list of such lists, one per level, or null",
    ),
    "Widths": (Widths, "a positive whole number, `classes`, or a list of those, one per convolution"),
    "Order": (Order, "a list of `conv` and any of `norm`, `activation` and `dropout`, each once"),
    "FilterPolicy": (FilterPolicy, "`keep`, `half`, `skip` or a positive whole number"),
}  # fmt: skip
"""The values with a definition of their own, and what they are in words."""


def json_schema() -> dict[str, Any]:
    """The schema of a whole config file; ``defaults`` for composing is allowed beside the fields.

    A file that composes may get its required fields from elsewhere, so that then none is asked for.
    """
    schema = _with_references(documented_schema())
    for name, definition in schema["$defs"].items():
        if _is_open(name):
            schema["$defs"][name] = _or_reference(definition)
    schema["$defs"][REFERENCE] = {
        "type": "string",
        "pattern": r"\$\{[^}:$]+\}",
        "description": "The value of another field, such as ${base_filters}.",
    }
    schema["properties"]["defaults"] = {
        "type": "array",
        "items": {
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "additionalProperties": {
                        "anyOf": [
                            {"type": ["string", "null"]},
                            {"type": "array", "items": {"type": "string"}},
                        ]
                    },
                },
            ]
        },
        "description": "Hydra's defaults list: the files that this one is composed of.",
    }
    _share_fields(schema["$defs"])
    widths = [_given("base_filters"), _given("filters")]
    alone = {"required": schema.pop("required"), "anyOf": widths}
    return {
        "$schema": DIALECT,
        "title": "unetgen config",
        **schema,
        "if": {"not": {"required": ["defaults"]}},
        "then": alone,
    }


def documented_schema() -> dict[str, Any]:
    """The schema of the fields and their values alone, without references."""
    schema = UNetConfig.model_json_schema(schema_generator=_Generator)
    return {**schema, "$defs": dict(sorted(schema["$defs"].items()))}


def definition_of_kinds(choice: Kinds[Any]) -> str:
    """The name of the definition of a union of kinds: ``Block``; of a loss that of its type alias."""
    name = choice.of.capitalize()
    return name if name in UNIONS else f"{name}Field"


def short_default(value: Any) -> Any:
    """A default as a file would say it: a bare name where that is enough, ``{}`` for all fields' defaults."""
    if isinstance(value, KerasChoice):
        bare = {value.family.key: value.name}
        return value.name if value == type(value).parse(value.family, bare) else value.dump()
    if isinstance(value, Part):
        if value != type(value)():
            return value.model_dump(mode="json")
        return kind_of(type(value)) if names_its_kind(type(value)) else {}
    return value


def names_its_kind(model: type[BaseModel]) -> bool:
    """Whether `model` is one kind of a union, rather than a model with a choice called `kind`."""
    info = model.model_fields.get("kind")
    return info is not None and len(get_args(info.annotation)) == 1


def _given(field: str) -> dict[str, Any]:
    return {"required": [field], "properties": {field: {"not": {"type": "null"}}}}


OPEN = frozenset(
    [
        *UNIONS,
        *VALUES,
        *("LossField", "MetricField"),
        *(
            definition_of(family)
            for family in (ACTIVATIONS, INITIALIZERS, OPTIMIZERS, REGULARIZERS, SCHEDULES)
        ),
    ]
)
"""The definitions that stand for whole values, not for one kind's mapping."""
_FUNCTIONS: Mapping[Callable[..., Any], str] = {
    alias.__metadata__[0].func: name for name, (alias, _) in VALUES.items()
}


class _Generator(GenerateJsonSchema):
    """Pydantic's generator: docstrings as descriptions, shared parts as definitions, no titles."""

    def generate_inner(self, schema: Any) -> dict[str, Any]:
        function = schema.get("function", {}).get("function") if isinstance(schema, dict) else None
        choice = getattr(function, "__self__", None)
        if isinstance(choice, OneOf):
            return self._family(choice.family)
        if isinstance(choice, Kinds):
            return self._defined(
                definition_of_kinds(choice), lambda: self._by_kind(choice), schema.get("ref")
            )
        name = _FUNCTIONS.get(function) if function else None
        if name is not None:
            inner = super().generate_inner
            return self._defined(name, lambda: {**inner(schema), "description": _sentence(VALUES[name][1])})
        return super().generate_inner(schema)

    def model_schema(self, schema: core_schema.ModelSchema) -> dict[str, Any]:
        out = super().model_schema(schema)
        out.pop("title", None)
        model: type[BaseModel] = schema["cls"]
        for name, text in field_docs(model).items():
            out["properties"][name].setdefault("description", text)
        if names_its_kind(model):
            out["properties"]["kind"] = {
                "description": "Which kind.",
                "const": model.model_fields["kind"].default,
            }
        if "description" in out:
            out["description"] = " ".join(out["description"].split("\n\n")[0].split())
        return out

    def get_defs_ref(self, core_mode_ref: CoreModeRef) -> DefsRef:
        """The class's bare name, at once and for good: definitions of ours refer to each other by it."""
        name = DefsRef(core_mode_ref[0].rpartition(":")[0].rpartition(".")[2])
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
        for model in choice.models.values():
            model.model_rebuild()
        models = [self._model(model) for model in choice.models.values()]
        what = choice.noun or f"kind of {choice.of}"
        names = {"enum": list(choice.models), "description": f"A {what} with its defaults."}
        return {"anyOf": [names, {"type": "object", "required": ["kind"], "oneOf": models}]}

    def _model(self, model: type[BaseModel]) -> dict[str, Any]:
        body = self.generate_inner(model.__pydantic_core_schema__)
        return body if "$ref" in body else self._defined(model.__name__, lambda: body)

    def _defined(
        self, name: str, body: Callable[[], dict[str, Any]], core_ref: str | None = None
    ) -> dict[str, Any]:
        """A reference to the definition `name`, which is made the first time."""
        ref, reference = self.get_cache_defs_ref_schema(CoreRef(core_ref or f"{name}:0"))
        if ref not in self.definitions:
            self.definitions[ref] = {}  # `body` may come here again
            self.definitions[ref] = body()
        return reference


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _with_references(schema: Any) -> Any:
    """`schema` with a reference admitted wherever a field, a list item or a shared value takes one."""
    if isinstance(schema, list):
        return [_with_references(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    out = {key: value if key in _DATA else _with_references(value) for key, value in schema.items()}
    if isinstance(out.get("properties"), dict):
        out["properties"] = {name: _or_reference(field) for name, field in out["properties"].items()}
    if isinstance(out.get("items"), dict):
        out["items"] = _or_reference(out["items"])
    return out


_DATA = frozenset({"default", "enum", "const"})
_NOTES = ("title", "description", "default")


def _or_reference(schema: dict[str, Any]) -> dict[str, Any]:
    checks = {key: value for key, value in schema.items() if key not in _NOTES}
    if "const" in checks or checks.keys() == {"enum"}:  # what tells the kinds apart has to be said outright
        return schema
    notes = {key: schema[key] for key in _NOTES if key in schema}
    alternatives = checks["anyOf"] if checks.keys() == {"anyOf"} else [checks]
    if any(_is_open(str(option.get("$ref")).removeprefix("#/$defs/")) for option in alternatives):
        return schema
    return {**notes, "anyOf": [*alternatives, {"$ref": f"#/$defs/{REFERENCE}"}]}


def _share_fields(definitions: dict[str, Any]) -> None:
    """Make a definition of every field that several models have, description and all."""
    fields = [
        (properties, name)
        for definition in definitions.values()
        for properties in [definition.get("properties", {})]
        for name, field in properties.items()
        if "anyOf" in field
    ]
    uses = Counter((name, _apart_from_default(properties[name])) for properties, name in fields)
    for properties, name in fields:
        text = _apart_from_default(properties[name])
        same_name = [count for (other, _), count in uses.items() if other == name]
        if uses[name, text] > 1 and uses[name, text] == max(same_name):
            definitions[f"field_{name}"] = json.loads(text)
            default = {"default": properties[name]["default"]} if "default" in properties[name] else {}
            properties[name] = {"$ref": f"#/$defs/field_{name}", **default}


def _apart_from_default(field: Mapping[str, Any]) -> str:
    return json.dumps({key: value for key, value in field.items() if key != "default"})


def _is_open(definition: str) -> bool:
    """Whether it stands for a whole value, so that a reference is admitted in it and not in each use."""
    return definition.partition("_")[0] in OPEN
