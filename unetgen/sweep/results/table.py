"""The table of a sweep: a row a point, in the order of the points' numbers.

Its columns: what the points override, their identity and status, what they cost, what their task returned,
the error in one line, and the seconds. A value that bears the name of a cost (the `cost` task returns the
cost itself) is that column; one that bears another column's name stands as ``value.NAME``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from unetgen.errors import UnetgenError
from unetgen.spelling import did_you_mean
from unetgen.sweep.folder.files import SweepFolder
from unetgen.sweep.folder.records import Status
from unetgen.sweep.results.cell_types import type_of, typed
from unetgen.sweep.results.columns import AFTER, BEFORE, Column, Kind, is_measured
from unetgen.sweep.results.point_data import PointData, read
from unetgen.sweep.values import Value


@dataclass(frozen=True)
class PointRow:
    """One point; a column's cell is None, or not there, where the point has none."""

    digest: str
    number: int
    status: Status
    overrides: tuple[str, ...]
    cells: Mapping[str, Value]

    def number_in(self, name: str) -> float | None:
        """The cell as a number, if it is one."""
        value = self.cells.get(name)
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None


@dataclass(frozen=True)
class Table:
    """Columns and rows; every other table is made of it anew."""

    columns: tuple[Column, ...]
    rows: tuple[PointRow, ...]

    @classmethod
    def of(cls, folder: SweepFolder, digests: Collection[str] | None = None) -> Table:
        """The table of all points of `folder`, or of those with these `digests`.

        Raises `UnetgenError` where a file of a point cannot be read.
        """
        wanted = (point for point in folder.points() if digests is None or point.path.name in digests)
        return cls.of_points(map(read, wanted))

    @classmethod
    def of_points(cls, points: Iterable[PointData]) -> Table:
        """The table of these points."""
        points = sorted(points, key=lambda point: (point.number, point.digest))
        names = _Names.of(points)
        rows = tuple(names.row(point) for point in points)
        columns = (
            Column(name, kind, type_of(row.cells.get(name) for row in rows))
            for name, kind in names.kinds.items()
        )
        return cls(tuple(columns), rows)

    @cached_property
    def _by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    def column(self, name: str, numeric: bool = False) -> Column:
        """The column of that name; raises `UnetgenError` where there is none, or none of numbers."""
        legal = [column.name for column in self.columns if column.is_numeric or not numeric]
        if name not in self._by_name:
            hint = did_you_mean(name, legal)
            raise UnetgenError(f"the table has no column {name!r}{'; ' if hint else ''}{hint}")
        if name not in legal:
            raise UnetgenError(f"the column {name!r} holds no numbers; those that do: {', '.join(legal)}")
        return self._by_name[name]

    def cells(self, column: Column) -> Iterator[Value]:
        """The column's cells, each of the column's type or None."""
        return (typed(row.cells.get(column.name), column.type) for row in self.rows)

    @cached_property
    def varying(self) -> tuple[Column, ...]:
        """The columns that tell points apart. A point that has no value does not count."""
        return tuple(column for column in self.columns if self._varies(column))

    def _varies(self, column: Column) -> bool:
        # As text: NaN is equal to NaN here, and lists cannot be put into a set.
        distinct = {repr(value) for value in self.cells(column)}
        return len(distinct if column.kind == "override" else distinct - {"None"}) > 1

    def keeping(self, keep: Callable[[PointRow], bool]) -> Table:
        """The table with only the rows to `keep`."""
        return replace(self, rows=tuple(filter(keep, self.rows)))

    def without_measured(self) -> Table:
        """The table without the columns that differ from one run of a sweep to the next."""
        return replace(self, columns=tuple(column for column in self.columns if column.kind != "measured"))

    def sorted_by(self, name: str, reverse: bool = False) -> Table:
        """The rows by their cells, numbers as numbers; equal ones in their order, missing ones last."""
        self.column(name)

        def key(row: PointRow) -> tuple[bool, float, str]:
            number = row.number_in(name)
            return (number is None, number or 0.0, "" if number is not None else str(row.cells[name]))

        there = [row for row in self.rows if not _is_missing(row.cells.get(name))]
        missing = [row for row in self.rows if _is_missing(row.cells.get(name))]
        return replace(self, rows=(*sorted(there, key=key, reverse=reverse), *missing))


@dataclass(frozen=True)
class _Names:
    """The columns in order, and the columns of the points' costs and values."""

    kinds: Mapping[str, Kind]
    cost: Mapping[str, str]
    values: Mapping[str, str]

    @classmethod
    def of(cls, points: Sequence[PointData]) -> _Names:
        overridden = _first_seen(point.overridden for point in points)
        first: dict[str, Kind] = {
            **dict.fromkeys(overridden, "override"),
            **{column.name: column.kind for column in BEFORE if column.name not in overridden},
        }
        last: dict[str, Kind] = {
            column.name: column.kind for column in AFTER if column.name not in overridden
        }
        cost = _free(_first_seen(point.cost for point in points), "cost", {**first, **last})
        of_values = [name for name in _first_seen(point.values for point in points) if name not in cost]
        values = _free(of_values, "value", {*first, *last, *cost.values()})
        kinds: dict[str, Kind] = {
            **first,
            **dict.fromkeys(cost.values(), "cost"),
            **{name: "measured" if is_measured(name) else "value" for name in values.values()},
            **last,
        }
        return cls(kinds, cost, {**cost, **values})

    def row(self, point: PointData) -> PointRow:
        cells = {self.cost[name]: value for name, value in point.cost.items()}
        cells |= {self.values[name]: value for name, value in point.values.items()}
        cells |= {**point.fixed, **point.overridden}
        return PointRow(point.digest, point.number, point.status, point.overrides, cells)


def _first_seen(mappings: Iterable[Mapping[str, Value]]) -> list[str]:
    return list(dict.fromkeys(name for mapping in mappings for name in mapping))


def _free(names: Iterable[str], prefix: str, taken: Collection[str]) -> dict[str, str]:
    """The column of each name: `prefix` in front of those that are taken."""
    return {name: f"{prefix}.{name}" if name in taken else name for name in names}


def _is_missing(value: Value) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))
