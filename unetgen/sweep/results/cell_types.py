"""The cells of a table's columns: what an override says, and the one type that all cells of a column have."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Literal

from unetgen.sweep.values import Value, to_json

Type = Literal["integer", "number", "boolean", "text", "list"]
_INTEGER = re.compile(r"[+-]?(0|[1-9]\d*(_\d+)*)", re.ASCII)
_FLOAT = re.compile(r"[+-]?(\d*\.?\d+|\d+\.)(e[+-]?\d+)?|[+-]?(inf|nan)", re.ASCII | re.IGNORECASE)
_OCTAL = re.compile(r"[+-]?0\d+", re.ASCII)
_WORDS: dict[str, Value] = {"true": True, "false": False, "null": None}
_LONGEST_NUMBER = 300
"""Digits; floats, which hold what 64 bits cannot, end at 309."""
_INT64 = range(-(2**63), 2**63)


def cell_of(override: str) -> tuple[str, Value]:
    """The key of an override, and its value: a number, boolean or null where it is one, else its text.

    >>> cell_of("depth=4"), cell_of("++norm.epsilon=1e-5"), cell_of("kernel=[1,3]"), cell_of("~norm")
    (('depth', 4), ('norm.epsilon', 1e-05), ('kernel', '[1,3]'), ('~norm', True))
    """
    key, is_set, text = override.partition("=")
    key = key.lstrip("+")
    text = text.strip()
    if not is_set:
        return key, True
    if text.lower() in _WORDS:
        return key, _WORDS[text.lower()]
    if _INTEGER.fullmatch(text):
        # A whole number of hundreds of digits does not fit into a table.
        return key, int(text) if len(text) <= _LONGEST_NUMBER else text
    # Hydra, too, takes 010 for text.
    return key, float(text) if _FLOAT.fullmatch(text) and not _OCTAL.fullmatch(text) else text


def type_of(values: Iterable[Value]) -> Type:
    """The narrowest type that holds all `values`; None is of every type.

    >>> type_of([1, None]), type_of([1, 2.5]), type_of([True, 1]), type_of([[1], [2, 3]]), type_of([])
    ('integer', 'number', 'text', 'list', 'text')
    """
    types = {_type(value) for value in values if value is not None}
    if types == {"integer", "number"}:
        return "number"
    return types.pop() if len(types) == 1 else "text"


def _type(value: Value) -> Type:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer" if value in _INT64 else "number"
    return "number" if isinstance(value, float) else "list" if isinstance(value, list) else "text"


def typed(value: Value, column_type: Type) -> Value:
    """The cell as its column's type has it.

    >>> typed(1, "number"), typed(True, "text"), typed([1, 2], "text"), typed(None, "integer")
    (1.0, 'true', '[1, 2]', None)
    """
    if column_type == "number" and isinstance(value, int):
        return float(value)
    return text_of(value) if column_type == "text" and value is not None else value


def text_of(value: Value) -> str:
    """A cell as text that other programs read: numbers in full, lists as JSON.

    >>> text_of(0.1), text_of(False), text_of(None), text_of([1, [2]]), text_of("concat")
    ('0.1', 'false', '', '[1, [2]]', 'concat')
    """
    if value is None:
        return ""
    if isinstance(value, bool | list):
        return json.dumps(to_json(value), ensure_ascii=False)
    return str(value)
