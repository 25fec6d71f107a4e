"""CSV: a header, then a line a point. An empty cell means that there is no value; lists stand as JSON."""

from __future__ import annotations

from unetgen.emit.text.spreadsheet import csv_line, harmless
from unetgen.sweep.results.cell_types import text_of
from unetgen.sweep.results.table import Table
from unetgen.sweep.values import Value


def csv_text(table: Table) -> str:
    """The table as CSV of RFC 4180, but with plain line feeds; nan and inf are numbers."""
    names = [harmless(column.name) for column in table.columns]
    columns = [map(_cell, table.cells(column)) for column in table.columns]
    return "".join(map(csv_line, [names, *zip(*columns, strict=True)]))


def _cell(value: Value) -> str:
    return harmless(text_of(value)) if isinstance(value, str) else text_of(value)
