"""CSV: a header, then a line a point. An empty cell means that there is no value; lists stand as JSON."""

from __future__ import annotations

import csv
import io

from unetgen.sweep.results.cell_types import text_of
from unetgen.sweep.results.table import Table


def csv_text(table: Table) -> str:
    """The table as CSV of RFC 4180, but with plain line feeds; nan and inf are numbers."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(column.name for column in table.columns)
    columns = [map(text_of, table.cells(column)) for column in table.columns]
    writer.writerows(zip(*columns, strict=True))
    return file.getvalue()
