"""CSV: a header, then a line a point. An empty cell means that there is no value; lists stand as JSON.

A text that a spreadsheet would take for a formula gets an apostrophe in front, as OWASP says of CSV injection
(https://owasp.org/www-community/attacks/CSV_Injection). Numbers stay numbers, signs and all.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable

from unetgen.sweep.results.cell_types import text_of
from unetgen.sweep.results.table import Table
from unetgen.sweep.values import Value

_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
"""How texts begin that spreadsheets compute: also behind spaces, and in the wide letters of East Asia."""
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?(inf|nan)", re.ASCII)


def csv_text(table: Table) -> str:
    """The table as CSV of RFC 4180, but with plain line feeds; nan and inf are numbers."""
    names = [_harmless(column.name) for column in table.columns]
    columns = [map(_cell, table.cells(column)) for column in table.columns]
    return "".join(map(_line, [names, *zip(*columns, strict=True)]))


def _line(cells: Iterable[str]) -> str:
    file = io.StringIO(newline="")
    csv.writer(file).writerow(cells)  # it quotes the characters of its own line end alone: both
    return file.getvalue().removesuffix("\r\n") + "\n"


def _cell(value: Value) -> str:
    return _harmless(text_of(value)) if isinstance(value, str) else text_of(value)


def _harmless(text: str) -> str:
    """`text` as no spreadsheet computes it.

    >>> _harmless("=1+1"), _harmless("-0.5"), _harmless("-x"), _harmless("concat")
    ("'=1+1", '-0.5', "'-x", 'concat')
    """
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text
