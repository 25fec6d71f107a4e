"""Cells as people read them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from unetgen.emit.text.tables import bytes_text, short
from unetgen.sweep.results.columns import Column, is_bytes
from unetgen.sweep.values import Value
from unetgen.visible import visible

NOTHING = "-"
_LONG = 10**9


def writer_of(column: Column, values: Iterable[Value]) -> Callable[[Value], str]:
    """How people read the column's `values`: bytes and long counts with a prefix, lists as sizes."""
    if column.is_numeric and is_bytes(column.name):
        return lambda value: _number(value, bytes_text)
    if column.type == "integer" and column.kind != "override":
        is_long = any(isinstance(value, int) and abs(value) >= _LONG for value in values)
        return lambda value: _number(value, short if is_long else "{:,.0f}".format)
    if column.type == "number":
        return lambda value: _number(value, "{:.6g}".format)
    return text


def _number(value: Value, write: Callable[[float], str]) -> str:
    if not isinstance(value, int | float):
        return NOTHING
    return write(value) if math.isfinite(value) else str(value)


def text(value: Value) -> str:
    """One line of any cell.

    >>> text([128, 64, 1]), text([[8, 8], [4, 4]]), text([0.5, None]), text(True), text(None)
    ('128×64×1', '8×8, 4×4', '0.5, -', 'true', '-')
    >>> text([None, None, 1])
    'any×any×1'
    """
    if isinstance(value, list):
        are_sizes = {type(item) for item in value} in ({int}, {int, type(None)})
        texts = ("any" if are_sizes and item is None else text(item) for item in value)
        return ("×" if are_sizes else ", ").join(texts)
    if value is None or isinstance(value, bool):
        return {None: NOTHING, True: "true", False: "false"}[value]
    return visible(" ".join(str(value).split()))
