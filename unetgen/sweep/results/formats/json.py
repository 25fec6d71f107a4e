"""JSON: the columns with their types, the rows as objects, and what was left out before launch."""

from __future__ import annotations

import json
import math
from typing import Any

from unetgen.sweep.folder.history import Runs
from unetgen.sweep.results.table import Table

SCHEMA_VERSION = 1


def as_data(table: Table, runs: Runs) -> dict[str, Any]:
    """The table as plain data. JSON has no NaN and no infinity: both are null."""
    columns = [[_finite(value) for value in table.cells(column)] for column in table.columns]
    names = [column.name for column in table.columns]
    return {
        "schema_version": SCHEMA_VERSION,
        "task": runs.task,
        "columns": [vars(column) for column in table.columns],
        "rows": [dict(zip(names, cells, strict=True)) for cells in zip(*columns, strict=True)],
        "left_out": [vars(point) for point in runs.left_out],
    }


def json_text(table: Table, runs: Runs) -> str:
    """The table as one JSON object, a line a row."""
    parts = []
    for key, value in as_data(table, runs).items():
        lines = ",\n".join(f"  {_line(item)}" for item in value) if isinstance(value, list) else ""
        parts.append(f' "{key}": ' + (f"[\n{lines}\n ]" if lines else _line(value)))
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _finite(value: object) -> object:
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
