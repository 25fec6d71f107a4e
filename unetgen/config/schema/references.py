"""A reference such as ``${base_filters}`` in place of any value that a schema admits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unetgen.config.schema.definitions import VALUES, is_open

REFERENCE = "reference"
DEFINITION: dict[str, Any] = {
    "type": "string",
    "pattern": r"\$\{[^}:$]+\}",
    "$comment": "The value of another field, such as ${base_filters}.",
    # An empty description sets it apart from the other alternatives. The YAML language server takes those
    # without any for equal: where one of them matches it would show the texts of all, one after the other.
    "description": "",
}

_DATA = frozenset({"default", "enum", "enumDescriptions", "const"})
_NOTES = ("title", "description", "default")


def admit_references(schema: dict[str, Any]) -> dict[str, Any]:
    """`schema` with a reference admitted wherever a field, a list item or a shared value takes one."""
    definitions = schema["$defs"]
    out: dict[str, Any] = _inside(schema, definitions)
    for name, definition in out["$defs"].items():
        if is_open(name, definitions[name]):
            out["$defs"][name] = _or_reference(definition, definitions)
    out["$defs"][REFERENCE] = DEFINITION
    return out


def _inside(schema: Any, definitions: Mapping[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_inside(item, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    out = {key: value if key in _DATA else _inside(value, definitions) for key, value in schema.items()}
    if isinstance(out.get("properties"), dict):
        out["properties"] = {
            name: _or_reference(field, definitions) for name, field in out["properties"].items()
        }
    if isinstance(out.get("items"), dict):
        out["items"] = _or_reference(out["items"], definitions)
    return out


def _or_reference(schema: dict[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    checks = {key: value for key, value in schema.items() if key not in _NOTES}
    if "const" in checks or "enumDescriptions" in checks:  # a name, which has to be said outright
        return schema
    target = _definition(checks)
    if target in definitions and is_open(target, definitions[target]):
        return schema
    notes = {key: schema[key] for key in _NOTES if key in schema}
    alternatives = checks["anyOf"] if checks.keys() == {"anyOf"} else [checks]
    flat = [each for option in alternatives for each in _alternatives(option, definitions)]
    return {**notes, "anyOf": [*flat, {"$ref": f"#/$defs/{REFERENCE}"}]}


def _alternatives(option: dict[str, Any], definitions: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a value among other alternatives admits, without a level between."""
    name = _definition(option)
    return definitions[name].get("anyOf", [option]) if name in VALUES else [option]


def _definition(schema: Mapping[str, Any]) -> str:
    return str(schema.get("$ref")).removeprefix("#/$defs/")
