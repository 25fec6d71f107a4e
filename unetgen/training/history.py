"""History: what is known of each epoch of a run, and the table of it."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Row = Mapping[str, float]
"""Values of one epoch by their names; ``epoch`` counts from 1."""
LOWER_IS_BETTER = frozenset({"loss"})


@dataclass(frozen=True)
class History:
    """All epochs that were finished, the first one first.

    >>> history = History(({"epoch": 1, "val_dice": 0.5}, {"epoch": 2}, {"epoch": 3, "val_dice": 0.4}))
    >>> history.best("val_dice"), history.since_best("val_dice")
    (1, 1)
    """

    rows: tuple[Row, ...] = ()

    def with_row(self, row: Row) -> History:
        """One epoch more."""
        return History((*self.rows, dict(row)))

    def best(self, monitor: str) -> int | None:
        """The epoch with the best value, the first of several; None where no epoch has one.

        A value that is not a number is worse than any.
        """
        sign = -1 if monitor in LOWER_IS_BETTER else 1
        known = [row for row in self.rows if not math.isnan(row.get(monitor, math.nan))]
        return int(max(known, key=lambda row: sign * row[monitor])["epoch"]) if known else None

    def since_best(self, monitor: str) -> int:
        """How many values of `monitor` came after its best one."""
        best = self.best(monitor) or 0
        return sum(monitor in row for row in self.rows if row["epoch"] > best)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of all values, in the order in which they first came."""
        return tuple(dict.fromkeys(name for row in self.rows for name in row))

    def to_csv(self) -> str:
        """A line for each epoch; empty where an epoch has no value."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(self.columns)
        for row in self.rows:
            writer.writerow([_text(row.get(name)) for name in self.columns])
        return out.getvalue()


def _text(value: float | None) -> str:
    return "" if value is None else str(int(value)) if float(value).is_integer() else repr(float(value))


def history_of(rows: Sequence[Row]) -> History:
    """The history of rows as JSON holds them."""
    return History(tuple(dict(row) for row in rows))
