"""The Pareto front: the points that no other point beats on both of two columns."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from unetgen.sweep.results.columns import Direction
from unetgen.sweep.results.table import PointRow, Table


def front(table: Table, x: str, y: str, directions: tuple[Direction, Direction]) -> tuple[PointRow, ...]:
    """The rows on the front, from the best in `x` to the best in `y`; equal points are all on it.

    Only points that are ok count, and of those only the ones with a finite number in both columns.

    Raises `UnetgenError` where a column is not there or holds no numbers.
    """
    table.column(x, numeric=True)
    table.column(y, numeric=True)
    rows = [row for row in table.rows if row.status == "ok"]
    places = front_of([(row.number_in(x), row.number_in(y)) for row in rows], directions)
    return tuple(rows[place] for place in places)


def front_of(
    points: Iterable[tuple[float | None, float | None]], directions: tuple[Direction, Direction]
) -> Sequence[int]:
    """Places of the points on the front, from the best in x to the best in y, equal ones in their order.

    >>> front_of([(1, 5), (2, 3), (2, 4), (3, 3), (float("nan"), 0), (1, 5)], ("min", "min"))
    [0, 5, 1]
    """
    signs = [1 if direction == "min" else -1 for direction in directions]
    signed = [
        (signs[0] * x, signs[1] * y, place)
        for place, (x, y) in enumerate(points)
        if x is not None and y is not None and math.isfinite(x) and math.isfinite(y)
    ]
    places: list[int] = []
    best: tuple[float, float] | None = None
    for x, y, place in sorted(signed):
        if best is None or y < best[1] or (x, y) == best:
            best = (x, y)
            places.append(place)
    return places
