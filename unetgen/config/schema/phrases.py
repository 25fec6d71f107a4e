"""A JSON Schema of one value, as people say it: ``a whole number from 2 to 64``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from unetgen.config.schema.definitions import UNIONS, VALUES

FAMILY_PHRASES: Mapping[str, str] = {
    "activation": "an [activation](#activations)'s name, or a mapping with `kind` and its options",
    "initializer": "an [initializer](#initializers)'s name, or a mapping with `kind` and its options",
    "regularizer": "a [regularizer](#regularizers)'s name, or a mapping with `kind` and its options",
    "optimizer": "an [optimizer](#optimizers)'s name, or a mapping with `kind` and its options",
    "loss": "a [loss](#losses)'s name or a mapping with `kind`",
    "metric": "a [metric](#metrics)'s name or a mapping with `kind`",
}


def phrase(schema: Mapping[str, Any]) -> str:
    """What `schema` admits, in words.

    >>> phrase({"type": "integer", "minimum": 1}), phrase({"anyOf": [{"enum": ["a", "b"]}, {"type": "null"}]})
    ('a positive whole number', '`a` or `b`, or null')
    """
    if "anyOf" in schema:
        first, *others = schema["anyOf"]
        rest = ("a list of such" if _is_list_of(first, option) else phrase(option) for option in others)
        options = list(dict.fromkeys([phrase(first), *rest]))
        if "a number" in options and "a whole number" in options:
            options.remove("a whole number")
        return ", or ".join(options)
    if "$ref" in schema:
        return _definition(schema["$ref"].removeprefix("#/$defs/"))
    if "const" in schema:
        return _code(schema["const"])
    if "enum" in schema:
        *most, last = map(_code, schema["enum"])
        return f"{', '.join(most)} or {last}" if most else last
    return _TYPES[schema["type"]](schema)


def _is_list_of(schema: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return other.get("type") == "array" and other.get("items") == schema


def _definition(name: str) -> str:
    if name in VALUES:
        return VALUES[name][1]
    if name in UNIONS:
        return f"a [kind of `{name}`](#kinds-of-{name}) by its name, or a mapping with `kind`"
    return FAMILY_PHRASES.get(name, "a mapping")


def _code(value: object) -> str:
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _whole(schema: Mapping[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if "exclusiveMaximum" in schema:
        high = schema["exclusiveMaximum"] - 1
    if low == 1 and (high is None or high >= 2**20):
        return "a positive whole number" + (f", at most {high:,}" if high else "")
    return f"a whole number{_range(low, high)}"


def _range(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f" from {low:,} to {high:,}"
    return f" of at least {low:,}" if low is not None else f" of at most {high:,}" if high is not None else ""


def _number(schema: Mapping[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    if above is None and below is None:
        return f"a number{_range(low, high)}"
    start = f"above {above:g}" if above is not None else f"from {low:g}" if low is not None else ""
    end = f"less than {below:g}" if below is not None else f"at most {high:g}" if high is not None else ""
    if start and end:
        return f"a number {start} {'and' if above is not None else 'to'} {end}"
    return f"a number {start or end}"


def _array(schema: Mapping[str, Any]) -> str:
    item = phrase(schema["items"]) if "items" in schema else "values"
    return f"a list, each item {item}"


_TYPES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "integer": _whole,
    "number": _number,
    "boolean": lambda _: "true or false",
    "string": lambda _: "text",
    "null": lambda _: "null",
    "array": _array,
    "object": lambda _: "a mapping",
}
