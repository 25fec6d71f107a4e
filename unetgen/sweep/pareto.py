"""The Pareto front: the points that no other point beats on both of two columns."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from typing import Literal

from unetgen.sweep.table import Column, Row, Table

Direction = Literal["min", "max"]
_LEAST = frozenset({
    "loss", "losses", "error", "errors", "err", "mse", "mae", "rmse", "brier", "perplexity", "entropy",
    "crossentropy", "distance", "hausdorff", "hd", "hd95", "assd", "seconds", "milliseconds", "latency",
    "bytes", "memory", "params", "parameters", "macs", "flops",
})  # fmt: skip
_MOST = frozenset({
    "acc", "accuracy", "dice", "dsc", "iou", "jaccard", "f1", "precision", "recall", "sensitivity",
    "specificity", "auc", "auroc", "score", "psnr", "ssim", "throughput",
})  # fmt: skip


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


def front(table: Table, x: str, y: str, directions: tuple[Direction, Direction]) -> tuple[Row, ...]:
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
    found = [
        (signs[0] * x, signs[1] * y, place)
        for place, (x, y) in enumerate(points)
        if x is not None and y is not None and math.isfinite(x) and math.isfinite(y)
    ]
    places: list[int] = []
    best: tuple[float, float] | None = None
    for x, y, place in sorted(found):
        if best is None or y < best[1] or (x, y) == best:
            best = (x, y)
            places.append(place)
    return places
