"""Which points matter most, where a page has room for some of them only: those on the front, and the best."""

from __future__ import annotations

from unetgen.sweep.report.data import axes_of
from unetgen.sweep.results.best import ranked
from unetgen.sweep.results.columns import Direction, direction_of
from unetgen.sweep.results.pareto import front
from unetgen.sweep.results.table import PointRow, Table


def foremost(table: Table) -> list[PointRow]:
    """All rows: those on the front that the plot has at first, then the best on its vertical axis first."""
    across, up = axes_of(table)
    if not up:
        return list(table.rows)
    directions = (_direction(table, across), _direction(table, up))
    good = [row for row in table.rows if row.status == "ok"]
    places = ranked([(row.number_in(up), row.number) for row in good], directions[1])
    rows = (*front(table, across, up, directions), *(good[place] for place in places), *table.rows)
    return list({row.digest: row for row in rows}.values())


def _direction(table: Table, name: str) -> Direction:
    """What the plot takes at first where the name does not say what is better, too."""
    return direction_of(table.column(name)) or "min"
