"""Lines of CSV that no spreadsheet computes.

A text that a spreadsheet would take for a formula gets an apostrophe in front, as OWASP says of CSV injection
(https://owasp.org/www-community/attacks/CSV_Injection). Numbers stay numbers, signs and all.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable

_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
"""How texts begin that spreadsheets compute: also behind spaces, and in the wide letters of East Asia."""
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?(inf|nan)", re.ASCII)


def csv_line(cells: Iterable[str]) -> str:
    """One line of RFC 4180, but with a plain line feed at its end."""
    file = io.StringIO(newline="")
    csv.writer(file).writerow(cells)  # it quotes the characters of its own line end alone: both
    return file.getvalue().removesuffix("\r\n") + "\n"


def harmless(text: str) -> str:
    """`text` as no spreadsheet computes it.

    >>> harmless("=1+1"), harmless("-0.5"), harmless("-x"), harmless("concat")
    ("'=1+1", '-0.5', "'-x", 'concat')
    """
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text
