"""Results as Markdown tables, one for each benchmark, the machine above them."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from benchmarks.rows import Row, number
from unetgen.measuring.machine import Machine


def page(results: Mapping[str, Sequence[Row]], machine: Machine) -> str:
    """All tables."""
    parts = [f"Measured on: {machine.words}."]
    for name, rows in results.items():
        lines = [_cells(row) for row in rows]
        header = ("What", "Median", "Spread", "Wanted", "Seconds", "")
        parts.append(f"**{name}**\n\n" + "\n".join([_line(header), _line(["---"] * len(header)), *lines]))
    return "\n\n".join(parts) + "\n"


def _cells(row: Row) -> str:
    if row.skipped:
        return _line((row.name, "", "", "", "", f"skipped: {row.skipped}"))
    spread = row.spread.replace("..", " to ") if len(set(row.values)) > 1 else ""
    verdict = ("yes" if row.holds else "**no**") if row.limit else ""
    return _line((row.name, number(row.median), spread, row.limit, _seconds(row), verdict))


def _seconds(row: Row) -> str:
    """Of both sides, where the row has kept them."""
    sides = [row.detail[key] for key in ("theirs_seconds", "seconds") if key in row.detail]
    return " / ".join(number(statistics.median(side)) for side in sides)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
