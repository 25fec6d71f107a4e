"""The report of a sweep: one HTML page with its table, its Pareto plot, and every point's figure and config.

It is put together from a template, one style, one script, the data, and the parcels. The page loads nothing
and sends nothing: its content security policy allows one style and one script, each by its hash. Equal
folders give equal bytes, apart from the columns of what was measured.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from html import escape
from pathlib import Path
from string import Template

from unetgen import __version__
from unetgen.sweep.folder.files import SweepFolder
from unetgen.sweep.folder.history import Runs
from unetgen.sweep.folder.records import STATUSES
from unetgen.sweep.report.cases import best_rows, cases
from unetgen.sweep.report.curves import MOST_CURVES, columns_of, curves
from unetgen.sweep.report.data import Share, axes_of, data
from unetgen.sweep.report.details import MOST_FIGURES, architecture, details, figures
from unetgen.sweep.report.foremost import foremost
from unetgen.sweep.report.palettes import PALETTES
from unetgen.sweep.report.parcels import Parcels
from unetgen.sweep.results.formats.terminal import short_digests
from unetgen.sweep.results.formats.words import text
from unetgen.sweep.results.table import Table

_HERE = Path(__file__).parent
SCRIPTS = (
    "front", "cells", "parcels", "scales", "marks", "plot", "state", "table", "explore", "controls", "curves",
    "cases", "point", "main",
)  # fmt: skip
"""The parts of the script, in the order in which they run."""
_CONFIGS_TO_A_PARCEL = 64
_FIGURES_TO_A_PARCEL = 24
_MANY = 12
MOST_LISTED = 200
"""Failures, and points left out, that a page lists."""


def report(table: Table, runs: Runs, folder: SweepFolder, *, most_figures: int = MOST_FIGURES) -> bytes:
    """The page of `table`, whose points are in `folder`.

    Figures are drawn once an architecture, of the foremost ones where there are more than `most_figures`;
    where one is refused, the page says why.
    """
    rows = foremost(table)
    told = Parcels.of("details", _CONFIGS_TO_A_PARCEL, details(folder, table.rows))
    drawn = Parcels.of("figures", _FIGURES_TO_A_PARCEL, figures(folder, rows, most_figures))
    learned, learning = curves(folder, rows)
    _, ranking = axes_of(table)
    shares = {
        "figures": Share(len(drawn.places), len(set(map(architecture, rows))), ranking),
        "curves": Share(min(learning, MOST_CURVES), learning, ranking),
    }
    shares = {name: share for name, share in shares.items() if 0 < share.part < share.whole}
    shown = cases(folder, best_rows(table, ranking))
    packed = [
        Parcels.of(name, 1, [("all", content)] if content else [])
        for name, content in (("curves", learned), ("cases", shown))
    ]
    title = f"Sweep of {', '.join(runs.configs)}" if runs.configs else "Sweep"
    style, script = _style(), _script()
    page = Template(_read("page.html")).substitute(
        title=escape(title),
        counts=" ".join(_counts(table, runs)),
        example=escape(_example(table)),
        style=style,
        style_hash=_hash(style),
        script=script,
        script_hash=_hash(script),
        data=_embedded(
            data(
                table,
                title,
                told.places,
                drawn.places,
                columns_of(learned),
                ranking if shown else "",
                shares,
            )
        ),
        parcels="\n".join(element for each in (told, drawn, *packed) for element in each.elements),
        failures=_section("Failures", list(_failures(table)), "the table has all of them"),
        left_out=_section(
            "Left out before launch", list(_left_out(runs)), "<code>unetgen collect --json</code> has all"
        ),
        version=escape(__version__),
    )
    return page.encode("utf-8", "backslashreplace")


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _style() -> str:
    light, dark = (PALETTES[name].style for name in ("light", "dark"))
    scheme = f"@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}"
    return f":root {{ {light} }}\n{scheme}\n{_read('style.css')}"


def _script() -> str:
    return "\n".join(_read(f"script/{name}.js") for name in SCRIPTS)


def _hash(part: str) -> str:
    return base64.b64encode(hashlib.sha256(part.encode()).digest()).decode("ascii")


def _embedded(value: object) -> str:
    """JSON that no HTML parser takes for markup."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c")


def _counts(table: Table, runs: Runs) -> Iterator[str]:
    count_by_status = Counter(row.status for row in table.rows)
    if runs.task:
        yield f"<span>task <code>{escape(runs.task)}</code></span>"
    yield f"<span>{len(table.rows):,} point{'' if len(table.rows) == 1 else 's'}</span>"
    for status in STATUSES:
        if count_by_status[status]:
            yield f'<span class="status {status}">{count_by_status[status]:,} {status}</span>'
    if runs.left_out:
        yield f'<span class="status left">{len(runs.left_out):,} left out before launch</span>'


def _example(table: Table) -> str:
    """What the filter box shows as an example."""
    overrides = [column for column in table.varying if column.kind == "override" and table.rows]
    said = [f"{column.name}={text(next(table.cells(column)))}" for column in overrides[:1]]
    return " ".join([*said, "params<5M"])


def _section(title: str, items: list[str], all_of_them: str) -> str:
    """A list that is folded where it is long, and cut where it is very long, saying where the rest is."""
    if not items:
        return ""
    listed = items[:MOST_LISTED]
    listing = f'<ul class="list">{"".join(f"<li>{item}</li>" for item in listed)}</ul>'
    said = f"All {len(items):,}"
    if len(listed) < len(items):
        said = f"The first {len(listed):,} of {len(items):,}; {all_of_them}"
    if len(items) > _MANY:
        listing = f"<details><summary>{said}</summary>{listing}</details>"
    return f"<section><h2>{title}</h2>{listing}</section>"


def _failures(table: Table) -> Iterator[str]:
    for row, short in zip(table.rows, short_digests(table), strict=True):
        if row.status == "failed":
            link = f'<a href="#{escape(row.digest)}">{escape(short)}</a>'
            error = escape(text(row.cells.get("error")))
            yield f'<p class="chips">{link} {_chips(row.overrides)}</p><p>{error}</p>'


def _left_out(runs: Runs) -> Iterator[str]:
    for point in runs.left_out:
        yield f'<p class="chips">{_chips(point.overrides)}</p><p class="hint">{escape(point.reason)}</p>'


def _chips(overrides: tuple[str, ...]) -> str:
    return " ".join(f"<code>{escape(override)}</code>" for override in overrides)
