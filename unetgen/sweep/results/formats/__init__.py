"""The table for other programs: one writer a suffix. Columns are typed and in the table's order."""

from __future__ import annotations

from collections.abc import Callable

from unetgen.sweep.folder.history import Runs
from unetgen.sweep.results.table import Table


def written(table: Table, runs: Runs, suffix: str) -> bytes:
    """The table in the format of `suffix`, one of `SUFFIXES`.

    Raises `UnetgenError` where a package that the format needs is not installed.
    """
    return _WRITERS[suffix](table, runs)


def _csv(table: Table, _: Runs) -> bytes:
    from unetgen.sweep.results.formats.csv import csv_text

    return csv_text(table).encode("utf-8", "backslashreplace")


def _json(table: Table, runs: Runs) -> bytes:
    from unetgen.sweep.results.formats.json import json_text

    return json_text(table, runs).encode("utf-8", "backslashreplace")


def _parquet(table: Table, _: Runs) -> bytes:
    from unetgen.sweep.results.formats.parquet import parquet

    return parquet(table)


_WRITERS: dict[str, Callable[[Table, Runs], bytes]] = {".csv": _csv, ".json": _json, ".parquet": _parquet}
SUFFIXES = tuple(_WRITERS)
