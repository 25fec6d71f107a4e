"""A flowchart in the language of Mermaid (mermaid.js.org), which GitHub and GitLab draw in Markdown."""

from __future__ import annotations

import json
from collections.abc import Iterator

from unetgen.emit.graph.flowchart import Arrow, Box, Flowchart

_SHAPES = {"input": ("([", "])"), "step": ("[", "]"), "output": ("([", "])")}
_SETTINGS = ("config:", "  flowchart: {subGraphTitleMargin: {top: 4, bottom: 12}, wrappingWidth: 320}")
"""Arrowheads stay clear of the titles of the groups, and a line of a box is not broken."""
_SPECIAL = str.maketrans({char: f"#{ord(char)};" for char in '#"&<`'})


def mermaid(chart: Flowchart) -> str:
    """A flowchart from top to bottom: a subgraph for each group, dotted skips."""
    return "\n".join(_lines(chart)) + "\n"


def _lines(chart: Flowchart) -> Iterator[str]:
    yield from ("---", f"title: {json.dumps(chart.title)}", *_SETTINGS, "---")
    yield "flowchart TB"
    yield f"  %% fingerprint {chart.fingerprint}"
    for number, group in enumerate(chart.groups):
        if group.title:
            yield f"  subgraph group{number}[{_quoted(group.title)}]"
            yield from (f"    {_box(box)}" for box in group.boxes)
            yield "  end"
        else:
            yield from (f"  {_box(box)}" for box in group.boxes)
    for arrow in chart.arrows:
        yield f"  {_arrow(arrow)}"


def _box(box: Box) -> str:
    opening, closing = _SHAPES[box.kind]
    return f"{box.name}{opening}{_quoted(*box.lines)}{closing}"


def _arrow(arrow: Arrow) -> str:
    line = "-.->" if arrow.is_dotted else "-->"
    size = f"|{_quoted(arrow.size)}|" if arrow.size else ""
    return f"{arrow.source} {line}{size} {arrow.target}"


def _quoted(*lines: str) -> str:
    """Lines as one label; what the language or HTML would read otherwise is written as its number."""
    return f'"{"<br>".join(line.translate(_SPECIAL) for line in lines)}"'
