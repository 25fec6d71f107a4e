"""Tables for notebooks: HTML that takes the page's own colours, light or dark, and escapes every text."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from html import escape

from unetgen.visible import visible

_LINE = "border-bottom:1px solid color-mix(in srgb,currentColor 25%,transparent)"
_TABLE = "border-collapse:collapse;margin:0.4em 0;color:inherit;font-variant-numeric:tabular-nums"


def escaped(text: str) -> str:
    r"""`text` as HTML shows it, whoever wrote it.

    >>> print(escaped("<b> & \x1b"))
    &lt;b&gt; &amp; \x1b
    """
    return escape(visible(text))


def table(header: Sequence[str], rows: Iterable[Sequence[str]], right: Collection[int] = ()) -> str:
    """A table, the columns in `right` flush right; without a header where its words are all empty."""
    head = _row("th", header, right, f"{_LINE};opacity:0.75") if any(header) else ""
    body = "".join(_row("td", row, right, _LINE) for row in rows)
    return f'<table style="{_TABLE}"><thead>{head}</thead><tbody>{body}</tbody></table>'


def folded(title: str, inside: str) -> str:
    """`inside`, shown once `title` is pressed."""
    return f'<details><summary style="cursor: pointer">{escaped(title)}</summary>{inside}</details>'


def titled(title: str, subtitle: str, *inside: str) -> str:
    """What stands below a title, all of it as one piece of a page."""
    return f"<div><div><b>{escaped(title)}</b> {escaped(subtitle)}</div>{''.join(inside)}</div>"


def _row(cell: str, texts: Sequence[str], right: Collection[int], style: str) -> str:
    # Notebooks style cells themselves, so that what a row says of alignment would not reach them.
    cells = (
        f'<{cell} style="text-align:{"right" if column in right else "left"};padding:0.2em 0.8em">'
        f"{escaped(text)}</{cell}>"
        for column, text in enumerate(texts)
    )
    return f'<tr style="background:none;{style}">{"".join(cells)}</tr>'
