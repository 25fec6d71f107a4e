"""The JSON Schema of a table of Keras's names: a bare name, or one mapping a name with its options.

An option that several names share is a definition of its own: fourteen optimizers with the same nine options
each would fill most of the schema otherwise.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from unetgen.parts.choice import KIND
from unetgen.parts.vocabulary import REQUIRED, Family, KerasObject, Option

TYPES: Mapping[str, str] = {
    "float": "number", "int": "integer", "bool": "boolean", "str": "string",
    "floats": "number", "ints": "integer", "strs": "string",
}  # fmt: skip
BOUNDS: Mapping[str, str] = {
    "low": "minimum",
    "above": "exclusiveMinimum",
    "high": "maximum",
    "below": "exclusiveMaximum",
}
"""`Option`'s words for its range -> JSON Schema's."""


def definition_of(family: Family) -> str:
    """The name of a family's definition, its noun's last word: ``optimizer``, ``schedule``."""
    return family.noun.split()[-1]


def option_definition(family: Family, option: str) -> str:
    """The name of the definition of an option that several of `family` share."""
    return f"{definition_of(family)}_{option}"


def family_definition(family: Family) -> dict[str, Any]:
    """What a config may say where it takes one of `family`: one form for all names with the same options."""
    shared = shared_options(family)
    bare = [name for name, entry in family.objects.items() if not required_options(entry)]
    groups: dict[str, list[str]] = {}
    for name, entry in family.objects.items():
        groups.setdefault(json.dumps(_options(family, entry, shared)), []).append(name)
    forms = [_form(family, names, json.loads(options)) for options, names in groups.items()]
    return {"anyOf": [*([_named(family, bare)] if bare else []), *forms]}


def option_schema(option: Option) -> dict[str, Any]:
    """The values of one option, and what it is."""
    schema: dict[str, Any] = {"type": TYPES[option.type]}
    if option.choices:
        schema |= {"enum": list(option.choices)}
    bounds = {word: getattr(option, name) for name, word in BOUNDS.items()}
    schema |= {word: bound for word, bound in bounds.items() if bound is not None}
    if option.type.endswith("s"):
        schema = {"type": "array", "items": schema}
    nested = [{"$ref": f"#/$defs/{definition_of(option.nested)}"}] if option.nested else []
    null = [{"type": "null"}] if option.optional else []
    schema = {"anyOf": [schema, *nested, *null]} if nested or null else schema
    return {"description": f"{option.about[0].upper()}{option.about[1:]}.", **schema}


def required_options(entry: KerasObject) -> list[str]:
    """The options that have no default."""
    return [name for name, option in entry.options.items() if option.default is REQUIRED]


def _options(family: Family, entry: KerasObject, shared: Mapping[str, Option]) -> dict[str, Any]:
    schemas = {}
    for key, option in entry.options.items():
        if key in shared and _text(option) == _text(shared[key]):
            schema = {"$ref": f"#/$defs/{option_definition(family, key)}"}
        else:
            schema = option_schema(option)
        default = {} if option.default in (REQUIRED, None) else {"default": option.default}
        schemas[key] = schema | default
    return schemas


def _form(family: Family, names: list[str], options: dict[str, Any]) -> dict[str, Any]:
    """The mapping of the objects `names`, which all have these options."""
    key = {"description": f"Chooses the {family.noun} by Keras's name.", **_named(family, names)}
    return {
        "type": "object",
        "properties": {KIND: key, **options},
        "required": [KIND, *required_options(family.objects[names[0]])],
        "additionalProperties": False,
    }


def _named(family: Family, names: list[str]) -> dict[str, Any]:
    """Any of `names`; an editor shows beside each what it is in Keras."""
    return {"enum": names, "enumDescriptions": [family.objects[name].target for name in names]}


def shared_options(family: Family) -> dict[str, Option]:
    """By name, the form of an option that most objects have, where several do."""
    forms_by_name: dict[str, dict[str, Option]] = {}
    counts: Counter[tuple[str, str]] = Counter()
    for entry in family.objects.values():
        for name, option in entry.options.items():
            forms_by_name.setdefault(name, {})[_text(option)] = option
            counts[name, _text(option)] += 1
    most = {name: max(forms, key=lambda text: counts[name, text]) for name, forms in forms_by_name.items()}
    return {name: forms_by_name[name][text] for name, text in most.items() if counts[name, text] > 1}


def _text(option: Option) -> str:
    return json.dumps(option_schema(option))
