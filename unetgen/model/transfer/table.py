"""What came of a transfer: for each layer what it was given, and why not all; as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from unetgen.emit.text.tables import table


@dataclass(frozen=True)
class CarriedRow:
    """A layer of the new network: where it stands, how many of its parameters were carried, how many are as
    initialized, and why, where that says something."""

    layer: str
    place: str
    carried: int
    new: int
    why: str = ""


@dataclass(frozen=True)
class LeftRow:
    """A layer of the old network with parameters that are in the new one nowhere, and why."""

    layer: str
    params: int
    why: str


@dataclass(frozen=True)
class TransferTable:
    """All layers with weights of both networks."""

    name: str
    """Of the new network."""
    rows: tuple[CarriedRow, ...]
    left: tuple[LeftRow, ...]

    @property
    def carried(self) -> int:
        """Parameters of the new network that come from the old one."""
        return sum(row.carried for row in self.rows)

    @property
    def new(self) -> int:
        """Parameters that are as initialized."""
        return sum(row.new for row in self.rows)

    @property
    def left_behind(self) -> int:
        """Parameters of the old network that are in the new one nowhere."""
        return sum(row.params for row in self.left)

    @property
    def line(self) -> str:
        """All of it in one line."""
        return (
            f"{self.carried:,} of {self.carried + self.new:,} parameters carried, {self.new:,} new, "
            f"{self.left_behind:,} left behind"
        )

    def as_dict(self) -> dict[str, Any]:
        """As ``--json`` prints it."""
        return {
            "name": self.name,
            "params": {"carried": self.carried, "new": self.new, "left_behind": self.left_behind},
            "layers": [
                {
                    "layer": row.layer,
                    "place": row.place,
                    "carried": row.carried,
                    "new": row.new,
                    "why": row.why or None,
                }
                for row in self.rows
            ],
            "left_behind": [{"layer": row.layer, "params": row.params, "why": row.why} for row in self.left],
        }

    def __str__(self) -> str:
        """As people read it: neighbours of one level of which the same is said are one line."""
        parts = [table(["layer", "carried", "new", "why"], list(self._lines()), right={1, 2})]
        if self.left:
            rows = [[row.layer, f"{row.params:,}", row.why] for row in self.left]
            parts.append(table(["left behind", "params", "why"], rows, right={1}))
        return "\n\n".join([*parts, f"{self.name}: {self.line}"])

    def _lines(self) -> Iterator[list[str]]:
        for (place, why), group in groupby(self.rows, lambda row: (row.place, row.why)):
            rows = list(group)
            name = rows[0].layer if len(rows) == 1 else f"{place}: {len(rows)} layers"
            carried, new = sum(row.carried for row in rows), sum(row.new for row in rows)
            yield [name, f"{carried:,}", f"{new:,}", why]
