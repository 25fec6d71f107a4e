"""HTML: one self-contained page where pointing at a box, or reaching it by Tab, tells what is in it.

Nothing is loaded: a content security policy forbids it. Without scripts the page still has the figure and the
table of all layers.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from itertools import chain

from unetgen.analysis.summary import LayerRow
from unetgen.emit.figure.shapes import Picture
from unetgen.emit.figure.svg import document
from unetgen.emit.text.tables import short
from unetgen.plan.tensor import sizes


def html(picture: Picture, rows: Mapping[str, LayerRow]) -> str:
    """The page; `rows` has every node named in the picture's groups."""
    drawn = {shape.group for shape in picture.shapes}
    groups = {name: [rows[node] for node in nodes] for name, nodes in picture.groups.items()}
    figure = document(
        picture,
        {"role": "graphics-document"},
        lambda group: {
            "tabindex": "0",
            "role": "button",
            "aria-label": _summary(group, groups.get(group, [])),
            "aria-controls": "details",
        },
    )
    templates = [
        f'<template data-of="{escape(name)}">{_details(name, members)}</template>'
        for name, members in groups.items()
        if name in drawn
    ]
    everything = _table(list(chain.from_iterable(groups.values())))
    return _PAGE.format(
        title=escape(picture.title),
        style=_STYLE,
        script=_SCRIPT,
        paper=picture.background or "#FFFFFF",
        figure=figure,
        templates="\n".join(templates),
        everything=everything,
    )


def _summary(name: str, members: list[LayerRow]) -> str:
    params, macs = sum(row.params for row in members), sum(row.macs for row in members)
    shape = f", {sizes(members[-1].output_shape)}" if members else ""
    return f"{name}{shape}, {params:,} parameters, {short(macs)} MACs"


def _details(name: str, members: list[LayerRow]) -> str:
    return f"<h2>{escape(_summary(name, members))}</h2>{_table(members)}"


def _table(members: list[LayerRow]) -> str:
    head = "".join(f'<th scope="col">{word}</th>' for word in _COLUMNS)
    body = "\n".join(
        f'<tr><th scope="row">{escape(row.name)}</th><td>{escape(row.operation)}</td>'
        f"<td>{sizes(row.output_shape)}</td><td>{row.params:,}</td><td>{row.macs:,}</td></tr>"
        for row in members
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table>"


_COLUMNS = ("layer", "operation", "output", "parameters", "MACs")

_STYLE = """\
:root { color-scheme: light dark; font-family: Roboto, Arial, Helvetica, sans-serif; }
body { margin: 2rem auto; max-width: 62rem; padding: 0 1rem; line-height: 1.4; }
h1 { font-size: 1.2rem; } h2 { font-size: 1rem; }
figure { margin: 0; padding: 1rem; border-radius: 6px; background: var(--paper); }
figure svg { display: block; width: 100%; height: auto; max-height: 80vh; }
[data-group] { cursor: pointer; outline: none; }
[data-group].shown > polygon, [data-group].shown > circle { stroke-width: 1.6; }
[data-group]:focus-visible > polygon, [data-group]:focus-visible > circle { stroke-width: 2.2; }
#details { min-height: 12rem; }
table { border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 0.15rem 0.9rem 0.15rem 0; font-weight: normal; }
thead th { border-bottom: 1px solid; }
th:nth-child(n+3), td:nth-child(n+3) { text-align: right; }
"""

_SCRIPT = """\
const details = document.getElementById("details");
const parts = [...document.querySelectorAll("svg [data-group]")];
const texts = new Map([...document.querySelectorAll("template")].map(each => [each.dataset.of, each]));
function show(group) {
  if (!texts.has(group)) return;
  details.replaceChildren(texts.get(group).content.cloneNode(true));
  for (const part of parts) part.classList.toggle("shown", part.dataset.group === group);
}
for (const part of parts)
  for (const event of ["pointerover", "focusin", "click"])
    part.addEventListener(event, () => show(part.dataset.group));
"""

_PAGE = """\
<!DOCTYPE html>
<html lang="en" style="--paper: {paper}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<h1>{title}</h1>
<figure>
{figure}</figure>
<section id="details" aria-live="polite"><p>Point at a box, or reach it by Tab: its layers, shapes, parameters
and MACs are told here.</p></section>
<details><summary>All layers</summary>
{everything}
</details>
{templates}
<script>
{script}</script>
</body>
</html>
"""
