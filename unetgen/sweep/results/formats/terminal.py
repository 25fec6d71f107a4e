"""The table for people: the columns that tell points apart and fit, what is the same, and what failed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from unetgen.emit.text.tables import table as lines_of
from unetgen.sweep.folder.history import PointNotRun, Runs, counts
from unetgen.sweep.results.columns import FOR_PROGRAMS, MAIN_COSTS, Column
from unetgen.sweep.results.formats.words import text, writer_of
from unetgen.sweep.results.table import Table
from unetgen.visible import visible

_DIGEST = 8
"""Characters of a digest; more where two points would look alike."""
_LONGEST = 24
_GAP = 2
_MOST_LEFT_OUT = 10
MOST_ROWS = 500
"""Points that are listed, and failures; more than that nobody reads on a terminal."""
_KINDS = ("override", "status", "value", "cost", "measured", "identity")


def terminal(table: Table, runs: Runs, width: int) -> str:
    """The table in lines of at most `width` characters, its first columns aside, and what people ask next."""
    columns = _wanted(table)
    cells = {column.name: _cells(table, column) for column in columns}
    widths = {name: max(map(len, (name, *texts))) for name, texts in cells.items()}
    fitting = _fitting(columns, widths, width)
    names = [column.name for column in fitting]
    right = {place for place, column in enumerate(fitting) if column.is_numeric}
    rows = list(zip(*(cells[name] for name in names), strict=True))[:MOST_ROWS]
    parts = [lines_of(names, rows, right=right)] if rows else []
    hidden = [column.name for column in columns if column not in fitting]
    notes = [_first(len(rows), len(table.rows))] if len(rows) < len(table.rows) else []
    notes += [_folded("the same in all points", constants, width)] if (constants := _constants(table)) else []
    notes += [_folded("no room here for", hidden, width)] if hidden else []
    parts += ["\n".join(notes)] if notes else []
    parts += [
        "\n".join([counts([row.status for row in table.rows]), *_failures(table), *_left_out(runs.left_out)])
    ]
    return visible("\n\n".join(parts))


def _first(shown: int, of: int) -> str:
    orders = "`unetgen collect --sort` orders them, --out table.csv has all"
    return f"the first {shown:,} of {of:,} points; {orders}"


def short_digests(table: Table) -> list[str]:
    """The digests as short as they can be without two looking alike."""
    digests = [row.digest for row in table.rows]
    length = _DIGEST
    while len({digest[:length] for digest in digests}) < len(set(digests)):
        length += 1
    return [digest[:length] for digest in digests]


def _wanted(table: Table) -> list[Column]:
    """Digest first, to find the folder by; then what varies."""
    hidden = {"digest", *FOR_PROGRAMS}
    return [table.column("digest"), *(column for column in table.varying if column.name not in hidden)]


def _fitting(columns: Sequence[Column], widths: dict[str, int], width: int) -> list[Column]:
    """As many columns as there is room for, in the table's order; the digest and the overrides always."""
    always = {column for column in columns if column.kind == "override" or column.name == "digest"}
    chosen, room = set(always), width - sum(widths[column.name] + _GAP for column in always) + _GAP
    for column in sorted(columns, key=_rank):
        if column not in chosen and widths[column.name] + _GAP <= room:
            chosen.add(column)
            room -= widths[column.name] + _GAP
    return [column for column in columns if column in chosen]


def _rank(column: Column) -> tuple[bool, bool, int]:
    """Columns with a lower one are shown first where not all fit."""
    is_minor = column.type == "list" or (column.kind == "cost" and column.name not in MAIN_COSTS)
    is_minor |= column.name == "seconds"
    return (column.name != "params", is_minor, _KINDS.index(column.kind))


def _cells(table: Table, column: Column) -> list[str]:
    if column.name == "digest":
        return short_digests(table)
    values = list(table.cells(column))
    return [_cut(cell) for cell in map(writer_of(column, values), values)]


def _cut(cell: str) -> str:
    return cell if len(cell) <= _LONGEST else f"{cell[: _LONGEST - 1]}…"


def _constants(table: Table) -> list[str]:
    if len(table.rows) < 2:
        return []
    return [
        f"{column.name} {_cut(writer_of(column, [first])(first))}"
        for column in table.columns
        if column.kind not in ("error", "status", "measured")
        and column not in table.varying
        and (first := next((value for value in table.cells(column) if value is not None), None)) is not None
        and column.name not in {"digest", *FOR_PROGRAMS}
    ]


def _folded(title: str, items: Sequence[str], width: int) -> str:
    # Spaces inside an item are kept together.
    listed = ", ".join(item.replace(" ", "\N{NO-BREAK SPACE}") for item in items)
    lines = wrap(f"{title}: {listed}", max(width, 40), subsequent_indent="  ", break_long_words=False)
    return "\n".join(lines).replace("\N{NO-BREAK SPACE}", " ")


def _failures(table: Table) -> Iterator[str]:
    digests = zip(table.rows, short_digests(table), strict=True)
    failed = [(row, digest) for row, digest in digests if row.status == "failed"]
    for row, digest in failed[:MOST_ROWS]:
        yield f"  {digest} {' '.join(row.overrides)}: {text(row.cells.get('error'))}"
    if len(failed) > MOST_ROWS:
        yield f"  and {len(failed) - MOST_ROWS:,} more"


def _left_out(points: Sequence[PointNotRun]) -> Iterator[str]:
    if not points:
        return
    yield f"{len(points):,} left out before launch"
    for point in points[:_MOST_LEFT_OUT]:
        yield f"  {' '.join(point.overrides)}: {text(point.reason)}"
    if len(points) > _MOST_LEFT_OUT:
        yield f"  and {len(points) - _MOST_LEFT_OUT:,} more"
