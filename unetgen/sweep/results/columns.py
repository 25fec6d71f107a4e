"""The columns of a sweep's table, and all that is known of one by itself. To add one, add it here.

Every table has the columns in `BEFORE` and `AFTER`. What a point overrides stands before them, what it costs
and what its task returned between the two.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from unetgen.sweep.folder.records import Point, Result, Status
from unetgen.sweep.folder.superseding import changed_text
from unetgen.sweep.results.cell_types import Type
from unetgen.sweep.values import Value

Kind = Literal["override", "identity", "status", "cost", "value", "measured", "error"]
Direction = Literal["min", "max"]


@dataclass(frozen=True)
class Column:
    """One column. `kind` is where it comes from; what was ``measured`` differs
    from one run of a sweep to the next."""

    name: str
    kind: Kind
    type: Type

    @property
    def is_numeric(self) -> bool:
        return self.type in ("integer", "number")


@dataclass(frozen=True)
class FixedColumn:
    """A column that every table has: its cell, of a point and what came of it, if anything did.

    People find the cells of one that is not `for_people` in the files alone.
    """

    name: str
    kind: Kind
    cell: Callable[[Point, Result | None], Value]
    for_people: bool = True


def status_of(point: Point, result: Result | None) -> Status:
    """What a table says of a point with this result."""
    return "stale" if point.superseded else result.status if result else "missing"


def _error(point: Point, result: Result | None) -> str | None:
    if point.superseded:
        return changed_text(point.superseded)
    return result.failure.line() if result and result.failure else None


BEFORE = (
    FixedColumn("name", "identity", lambda point, _: point.name),
    FixedColumn("digest", "identity", lambda point, _: point.digest),
    FixedColumn("fingerprint", "identity", lambda point, _: point.fingerprint, for_people=False),
    FixedColumn("status", "status", status_of),
)
AFTER = (
    FixedColumn(
        "error",
        "error",
        _error,
        for_people=False,  # they find it below the table
    ),
    FixedColumn("seconds", "measured", lambda _, result: result.seconds if result else None),
)
MAIN_COSTS = ("params", "macs", "train_bytes")
"""The costs that people are shown first."""
FOR_PROGRAMS = frozenset(column.name for column in (*BEFORE, *AFTER) if not column.for_people)

_LEAST = frozenset({
    "loss", "losses", "error", "errors", "err", "mse", "mae", "rmse", "brier", "perplexity", "entropy",
    "crossentropy", "distance", "hausdorff", "hd", "hd95", "assd", "seconds", "milliseconds", "latency",
    "bytes", "memory", "params", "parameters", "macs", "flops",
})  # fmt: skip
_MOST = frozenset({
    "acc", "accuracy", "dice", "dsc", "iou", "jaccard", "f1", "precision", "recall", "sensitivity",
    "specificity", "auc", "auroc", "score", "psnr", "ssim", "throughput",
})  # fmt: skip
_MEASURED = re.compile(r"(^|[_\W])((milli)?seconds?|peak)($|[_\W])")
_BYTES = re.compile(r"(^|[_\W])bytes($|[_\W])")


def direction_of(column: Column) -> Direction | None:
    """Whether less or more is better, by the column's name; None where the name does not say.

    A cost is better when less; so is what names a loss, whatever else it names.

    >>> [direction_of(Column(name, "value", "number")) for name in ("val_dice", "dice_loss", "gamma")]
    ['max', 'min', None]
    """
    words = set(re.split(r"[\W_]+", column.name.lower()))
    if column.kind == "cost" or words & _LEAST:
        return "min"
    return "max" if words & _MOST else None


def is_measured(name: str) -> bool:
    """Whether a value of this name is a time or a peak of memory, which no two runs have alike.

    >>> [is_measured(name) for name in ("train_seconds_min", "samples_per_second", "secondary_loss")]
    [True, True, False]
    """
    return _MEASURED.search(name.lower()) is not None


def is_bytes(name: str) -> bool:
    """Whether a column of this name counts bytes.

    >>> is_bytes("train_bytes"), is_bytes("bytestring")
    (True, False)
    """
    return _BYTES.search(name.lower()) is not None
