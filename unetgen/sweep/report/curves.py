"""Learning curves: what each point's `history.csv` says of its epochs, ours or of a `CSVLogger`."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from unetgen.errors import UnetgenError
from unetgen.reading import read_bytes
from unetgen.sweep.folder.files import WORKDIR, SweepFolder
from unetgen.sweep.results.columns import is_measured
from unetgen.sweep.results.table import PointRow

HISTORY = "history.csv"
"""The file in a point's own folder; a line for each epoch."""
EPOCH = "epoch"
MOST_CURVES = 500
"""Points whose curves a page has."""
_LARGEST = 4 * 2**20
_MOST_EPOCHS = 400
"""Epochs that a curve is drawn of; of more, some are left out evenly."""
_MOST_COLUMNS = 40
Curve = Mapping[str, Sequence[float | None]]


def curves(folder: SweepFolder, rows: Sequence[PointRow]) -> tuple[dict[str, Curve], int]:
    """By digest, the values of every column by epoch; None where there is none. Points without are left out.

    Columns of what was measured are left out too: equal folders give equal pages. Of many points only those
    without a result, which may be running, and then the first of `rows` are read; how many there are is
    given too.
    """
    having = [row for row in rows if (folder.at(row.digest).path / WORKDIR / HISTORY).is_file()]
    having.sort(key=lambda row: row.status != "missing")
    found = {row.digest: _curve(folder, row.digest) for row in having[:MOST_CURVES]}
    return {digest: curve for digest, curve in found.items() if len(curve) > 1}, len(having)


def columns_of(found: Mapping[str, Curve]) -> list[str]:
    """The names of all columns but the epoch, in the order in which they first come."""
    return [
        name for name in dict.fromkeys(name for curve in found.values() for name in curve) if name != EPOCH
    ]


def _curve(folder: SweepFolder, digest: str) -> Curve:
    try:
        raw = read_bytes(folder.at(digest).path / WORKDIR / HISTORY, _LARGEST)
    except UnetgenError:
        return {}
    lines = list(_lines(raw.decode("utf-8", "replace")))
    if not lines or EPOCH not in lines[0]:
        return {}
    stride = math.ceil(len(lines) / _MOST_EPOCHS)
    kept = [line for place, line in enumerate(lines) if place % stride == 0 or place == len(lines) - 1]
    names = [name for name in lines[0] if not is_measured(name)][:_MOST_COLUMNS]
    values = {name: [_number(line.get(name)) for line in kept] for name in names}
    return {name: column for name, column in values.items() if any(each is not None for each in column)}


def _lines(text: str) -> Iterator[dict[str, Any]]:
    try:
        yield from csv.DictReader(text.splitlines())
    except csv.Error:
        return


def _number(text: object) -> float | None:
    """Six digits, which is more than a line shows."""
    try:
        value = float(f"{float(str(text)):.6g}")
    except ValueError:
        return None
    return value if math.isfinite(value) else None
