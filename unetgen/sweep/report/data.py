"""What the page's script draws from: the columns with what they are good for, and every cell."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from unetgen.sweep.report.details import architecture
from unetgen.sweep.report.palettes import PALETTES, recolouring
from unetgen.sweep.report.parcels import Place
from unetgen.sweep.results.columns import MAIN_COSTS, Column, direction_of, is_bytes
from unetgen.sweep.results.formats.terminal import short_digests
from unetgen.sweep.results.table import Table
from unetgen.sweep.values import to_json

_LOG_FROM = 30
"""Values that span this factor are easier to tell apart on a logarithmic axis."""
_MOST_GROUPS = 12
_MARKS = 6
MOST_ROWS = 250
"""Rows of the table that are drawn at once: a browser takes seconds for thousands."""
MOST_MARKS = 2500
"""Marks of the plot, about; where there are more, one stands for those that would hide it."""


@dataclass(frozen=True)
class Share:
    """That a page has figures, or curves, of `part` of `whole`: the foremost ones by the column `by`."""

    part: int
    whole: int
    by: str


def data(
    table: Table,
    title: str,
    details: Mapping[str, Place],
    figures: Mapping[str, Place],
    curves: Sequence[str] = (),
    cases: str = "",
    shares: Mapping[str, Share] | None = None,
) -> dict[str, Any]:
    """The data of the page as plain data for JSON.

    `curves` are the columns of the learning curves; `cases` is the column whose best points have pictures;
    `shares` tell of which ``figures`` and ``curves`` the page has a part only.
    """
    columns = {column.name: _column(table, column) for column in table.columns}
    cells = zip(*(to_json(list(table.cells(column))) for column in table.columns), strict=True)
    points = [
        {
            "digest": row.digest,
            "short": short,
            "number": row.number,
            "status": row.status,
            "overrides": row.overrides,
            "details": details[row.digest],
            "figure": figures.get(architecture(row)),
        }
        for row, short in zip(table.rows, short_digests(table), strict=True)
    ]
    return {
        "title": title,
        "columns": list(columns.values()),
        "points": points,
        "cells": list(cells),
        "axes": axes_of(table),
        "group": _group(table),
        "palettes": {name: asdict(palette) for name, palette in PALETTES.items()},
        "recolour": recolouring(),
        "curves": {"parcel": "curves-0", "names": list(curves)} if curves else None,
        "cases": {"parcel": "cases-0", "column": cases} if cases else None,
        "shares": {name: asdict(share) for name, share in (shares or {}).items()},
        "most": {"rows": MOST_ROWS, "marks": MOST_MARKS},
    }


def _column(table: Table, column: Column) -> dict[str, Any]:
    numbers = _numbers(table, column)
    varies = column in table.varying
    alone = len(table.rows) == 1  # nothing varies, and all is worth reading
    can_group = column.kind == "override" or column.type in ("text", "boolean")
    return {
        **vars(column),
        "varies": varies,
        "shown": (varies or alone) and _is_shown(column),
        "hasNumbers": bool(numbers),
        "isBytes": column.is_numeric and is_bytes(column.name),
        "isLog": bool(numbers) and min(numbers) > 0 and max(numbers) >= _LOG_FROM * min(numbers),
        "best": direction_of(column),
        "canGroup": can_group and 1 < _distinct(table, column) <= _MOST_GROUPS,
    }


def _is_shown(column: Column) -> bool:
    if column.kind == "cost":
        return column.name in MAIN_COSTS
    return column.type != "list" and column.name not in ("digest", "fingerprint")


def _numbers(table: Table, column: Column) -> list[float]:
    """The finite numbers of points that are ok: those that a plot can show."""
    if not column.is_numeric:
        return []
    numbers = (row.number_in(column.name) for row in table.rows if row.status == "ok")
    return [number for number in numbers if number is not None and math.isfinite(number)]


def _distinct(table: Table, column: Column) -> int:
    return len({repr(value) for value in table.cells(column)})


def _group(table: Table) -> str:
    """The column that marks the points at first: the first override that the marks are enough for."""
    overrides = (column for column in table.columns if column.kind == "override")
    return next((column.name for column in overrides if 1 < _distinct(table, column) <= _MARKS), "")


def axes_of(table: Table) -> tuple[str, str]:
    """The columns of the plot at first: what a network costs, and what it gives; "" where there is none."""
    numeric = [column for column in table.columns if _numbers(table, column)]
    varying = [column for column in numeric if len(set(_numbers(table, column))) > 1] or numeric
    costs = [column for column in varying if column.kind == "cost"]
    values = [column for column in varying if column.kind == "value"]
    across = [column for column in costs if column.name == "params"] + costs + varying
    up = [column for column in values if direction_of(column)] + values
    up += [column for column in varying if column.kind == "measured" and column.name != "seconds"]
    up += [column for column in costs if column.name == "macs"] + costs[1:] + varying
    return across[0].name if across else "", up[0].name if up else ""
