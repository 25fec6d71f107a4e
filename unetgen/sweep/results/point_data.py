"""What the table takes of a point's files: small values by name; no traceback, no config."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from unetgen.sweep.folder.files import PointFolder
from unetgen.sweep.folder.records import Point, Result, Status
from unetgen.sweep.process import Failure
from unetgen.sweep.results.cell_types import cell_of
from unetgen.sweep.results.columns import AFTER, BEFORE, status_of
from unetgen.sweep.values import Value


@dataclass(frozen=True)
class PointData:
    """One point and what came of it. `fixed` are the cells of the columns that every table has."""

    number: int
    digest: str
    status: Status
    overrides: tuple[str, ...]
    overridden: Mapping[str, Value]
    cost: Mapping[str, Value]
    values: Mapping[str, Value]
    fixed: Mapping[str, Value]


def read(folder: PointFolder) -> PointData:
    """The point in `folder`, failed where one of its files cannot be read."""
    return described(folder.point(), folder.result())


def described(point: Point, result: Result | None) -> PointData:
    """A point with what came of it, if anything did; one whose own file cannot be read has failed."""
    if point.fault:
        result = Result("failed", failure=Failure("UnreadablePoint", point.fault))
    return PointData(
        number=point.number,
        digest=point.digest,
        status=status_of(point, result),
        overrides=point.overrides,
        overridden=dict(map(cell_of, point.overrides)),
        cost=flat(point.cost),
        values=flat(result.values) if result else {},
        fixed={column.name: column.cell(point, result) for column in (*BEFORE, *AFTER)},
    )


def flat(values: Mapping[str, Any]) -> dict[str, Value]:
    """Mappings within `values` with dotted names; an empty one says nothing.

    >>> flat({"dice": {"mean": 0.5, "per_class": [0.4, 0.6]}, "epochs": 3})
    {'dice.mean': 0.5, 'dice.per_class': [0.4, 0.6], 'epochs': 3}
    """
    flattened: dict[str, Value] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            flattened |= {f"{name}.{inner}": item for inner, item in flat(value).items()}
        else:
            flattened[str(name)] = value
    return flattened
