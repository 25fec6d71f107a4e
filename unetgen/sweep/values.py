"""The values of results: numbers, texts, booleans, nothing; and how JSON, which has no NaN, holds them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

Value = float | int | str | bool | list[Any] | None
"""What one cell of the table of a sweep can hold; lists are of such values."""

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
