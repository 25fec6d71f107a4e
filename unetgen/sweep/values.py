"""The values of results: numbers, texts, booleans, nothing; and how JSON, which has no NaN, holds them."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Mapping
from typing import Any

Value = float | int | str | bool | list[Any] | None
"""What one cell of the table of a sweep can hold; lists are of such values."""

Parameters = Mapping[str, Any]
"""What a task is called with, by name: plain data, nested as it was given."""

MAX_DEPTH = 16
"""Lists and mappings within each other."""
_NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def to_json(values: Any) -> Any:
    """`values` for JSON: what is not finite as text.

    >>> to_json({"loss": float("nan"), "dice": 0.5})
    {'loss': 'NaN', 'dice': 0.5}
    """
    if isinstance(values, Mapping):
        return {key: to_json(value) for key, value in values.items()}
    if isinstance(values, list | tuple):
        return [to_json(value) for value in values]
    if isinstance(values, float) and not math.isfinite(values):
        return "NaN" if math.isnan(values) else "Infinity" if values > 0 else "-Infinity"
    return values


def from_json(values: Any) -> Any:
    """What `to_json` made `values` of.

    >>> from_json({"loss": "-Infinity", "dice": 0.5})
    {'loss': -inf, 'dice': 0.5}
    """
    if isinstance(values, dict):
        return {key: from_json(value) for key, value in values.items()}
    if isinstance(values, list):
        return [from_json(value) for value in values]
    return _NOT_FINITE.get(values, values) if isinstance(values, str) else values


def fault_in(values: Any, depth: int = 0) -> tuple[tuple[str | int, ...], str] | None:
    """The first place in plain data that no table can hold, and why; None where all of it can be held.

    >>> fault_in({"loss": 0.5, "of": [1, 10**400]})
    (('of', 1), 'is a whole number of 401 digits, more than any number of a table')
    """
    if depth > MAX_DEPTH:
        return (), f"is nested deeper than {MAX_DEPTH} levels"
    items: Iterable[tuple[str | int, Any]] = ()
    if isinstance(values, Mapping):
        items = values.items()
    elif isinstance(values, list):
        items = enumerate(values)
    elif isinstance(values, int) and abs(values) > sys.float_info.max:
        return (), f"is a whole number of {_digits(values)} digits, more than any number of a table"
    elif not isinstance(values, str | int | float | None):
        return (), f"is of the type {type(values).__name__}"
    for key, value in items:
        if fault := fault_in(value, depth + 1):
            return (key, *fault[0]), fault[1]
    return None


def _digits(number: int) -> int:
    """How many decimal digits a whole number has; Python itself writes out no more than some thousands.

    >>> _digits(-999), _digits(10**5000)
    (3, 5001)
    """
    count = int(abs(number).bit_length() * math.log10(2))
    return count + int(abs(number) >= 10**count)
