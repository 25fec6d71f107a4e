"""A flowchart in the language of Graphviz (graphviz.org/doc/info/lang.html)."""

from __future__ import annotations

from collections.abc import Iterator

from unetgen.emit.graph.flowchart import Arrow, Box, Flowchart

_SHAPES = {"input": " shape=oval", "step": "", "output": " shape=oval"}


def dot(chart: Flowchart) -> str:
    """A directed graph from top to bottom: a cluster for each group, dotted skips."""
    return "\n".join(_lines(chart)) + "\n"


def _lines(chart: Flowchart) -> Iterator[str]:
    yield f"// fingerprint {chart.fingerprint}"
    yield f"digraph {_quoted(chart.title)} {{"
    yield f"  graph [label={_quoted(chart.title)} labelloc=t fontname=Helvetica]"
    yield "  node [shape=box fontname=Helvetica fontsize=10]"
    yield "  edge [fontname=Helvetica fontsize=9]"
    for number, group in enumerate(chart.groups):
        if group.title:
            yield f"  subgraph cluster_{number} {{"
            yield f"    graph [label={_quoted(group.title)} labeljust=l fontsize=10]"
            yield from (f"    {_box(box)}" for box in group.boxes)
            yield "  }"
        else:
            yield from (f"  {_box(box)}" for box in group.boxes)
    yield from (f"  {_arrow(arrow)}" for arrow in chart.arrows)
    yield "}"


def _box(box: Box) -> str:
    return f"{_quoted(box.name)} [label={_quoted(*box.lines)}{_SHAPES[box.kind]}]"


def _arrow(arrow: Arrow) -> str:
    said = [f"label={_quoted(arrow.size)}"] * bool(arrow.size) + ["style=dotted"] * arrow.is_dotted
    settings = f" [{' '.join(said)}]" if said else ""
    return f"{_quoted(arrow.source)} -> {_quoted(arrow.target)}{settings}"


def _quoted(*lines: str) -> str:
    """Lines as one quoted string, in which a backslash begins an escape."""
    text = r"\n".join(line.replace("\\", "\\\\").replace('"', r"\"") for line in lines)
    return f'"{text}"'
