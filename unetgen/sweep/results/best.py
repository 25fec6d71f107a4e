"""The best point of a table by one column, within limits on others."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from unetgen.errors import UnetgenError
from unetgen.sweep.quantities import quantity
from unetgen.sweep.results.columns import Direction, direction_of
from unetgen.sweep.results.table import PointRow, Table


@dataclass(frozen=True)
class Limit:
    """What a column may be at most, or at least. A point without a number there is not within it."""

    column: str
    bound: Literal["under", "over"]
    number: float

    @classmethod
    def parse(cls, text: str, bound: Literal["under", "over"]) -> Limit:
        """The limit in ``params=5e6``; raises `UnetgenError` for anything else.

        >>> str(Limit.parse("train_bytes=16GiB", "under"))
        'train_bytes <= 17,179,869,184'
        """
        column, given, number = text.rpartition("=")
        if not given or not column:
            raise UnetgenError(f"--{bound} takes COLUMN=NUMBER, such as params=5e6 (got {text!r})")
        return cls(column.strip(), bound, quantity(number))

    def holds(self, row: PointRow) -> bool:
        """Whether the row is within the limit, which itself is within it."""
        value = row.number_in(self.column)
        if value is None or math.isnan(value):
            return False
        return value <= self.number if self.bound == "under" else value >= self.number

    def __str__(self) -> str:
        number = f"{self.number:,.0f}" if self.number == int(self.number) else repr(self.number)
        return f"{self.column} {'<=' if self.bound == 'under' else '>='} {number}"


@dataclass(frozen=True)
class Best:
    """The best row, by which column and direction, and of how many rows."""

    row: PointRow
    metric: str
    direction: Direction
    by_name: bool
    candidates: int

    @property
    def value(self) -> float:
        value = self.row.number_in(self.metric)
        assert value is not None
        return value


def within(table: Table, limits: Sequence[Limit]) -> Table:
    """The table with only the rows that are within all `limits`.

    Raises `UnetgenError` where a limit's column is not there or holds no numbers.
    """
    for limit in limits:
        table.column(limit.column, numeric=True)
    return table.keeping(lambda row: all(limit.holds(row) for limit in limits))


def best(table: Table, metric: str, mode: Literal["min", "max", "auto"] = "auto") -> Best | None:
    """The point with the least or the most of `metric`, the first of equal ones; None where none has it.

    Only points that are ok count. `mode` ``auto`` takes the direction that the metric's name says, and raises
    `UnetgenError` where it says none.
    """
    column = table.column(metric, numeric=True)
    direction = direction_of(column) if mode == "auto" else mode
    if direction is None:
        raise UnetgenError(
            f"whether less or more of {metric!r} is better cannot be told from its name; "
            "say --mode min or --mode max"
        )
    rows = [row for row in table.rows if row.status == "ok" and _is_finite(row.number_in(metric))]
    places = ranked([(row.number_in(metric), row.number) for row in rows], direction)
    return Best(rows[places[0]], metric, direction, mode == "auto", len(rows)) if places else None


def ranked(points: Iterable[tuple[float | None, int]], direction: Direction) -> list[int]:
    """The places of `points`, each of a value and the point's number, the best first.

    Of equal values the one with the least number is better, in whatever order they are given.

    >>> ranked([(0.5, 2), (None, 0), (0.7, 3), (0.7, 1), (float("nan"), 4)], "max")
    [3, 2, 0]
    """
    sign = 1 if direction == "min" else -1
    known = [
        (sign * value, number, place)
        for place, (value, number) in enumerate(points)
        if value is not None and math.isfinite(value)
    ]
    return [place for *_, place in sorted(known)]


def _is_finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)
