"""Parquet, by PyArrow, which is imported only here: 64-bit numbers, booleans, text, typed lists."""

from __future__ import annotations

import io
from importlib import import_module
from typing import Any

from unetgen.errors import UnetgenError
from unetgen.shell import install
from unetgen.sweep.results.cell_types import Type, text_of
from unetgen.sweep.results.columns import Column
from unetgen.sweep.results.table import Table

_TYPES: dict[Type, str] = {"integer": "int64", "number": "float64", "boolean": "bool_", "text": "string"}


def parquet(table: Table) -> bytes:
    """The table as a Parquet file; raises `UnetgenError` where PyArrow is not installed."""
    try:
        arrow, writer = import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError:
        raise UnetgenError(f"Parquet needs PyArrow: {install('unetgen[parquet]')}") from None
    arrays = [_array(arrow, table, column) for column in table.columns]
    file = io.BytesIO()
    writer.write_table(arrow.table(arrays, names=[column.name for column in table.columns]), file)
    return file.getvalue()


def _array(arrow: Any, table: Table, column: Column) -> Any:
    values = list(table.cells(column))
    if column.type != "list":
        return arrow.array(values, type=getattr(arrow, _TYPES[column.type])())
    try:
        array = arrow.array(values)
    except (arrow.ArrowInvalid, arrow.ArrowTypeError, OverflowError):  # lists of unlike things
        return _as_text(arrow, values)
    # What is empty everywhere has no type that other programs read.
    return _as_text(arrow, values) if "null" in str(array.type) else array


def _as_text(arrow: Any, values: list[Any]) -> Any:
    return arrow.array([None if value is None else text_of(value) for value in values], type=arrow.string())
