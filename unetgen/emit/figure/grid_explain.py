"""What the legend of a grid view says, and its title, alt text and caption."""

from __future__ import annotations

from collections.abc import Sequence

from unetgen.emit.figure import legend
from unetgen.emit.figure.drawn_grid import Cell, DrawnGrid
from unetgen.emit.figure.drawn_u import Kind, Operation
from unetgen.emit.figure.legend_words import block_words, fuse_words, words
from unetgen.emit.figure.measures import size_text
from unetgen.emit.figure.tex import escaped
from unetgen.plan.graph import Node
from unetgen.plan.ops import (
    Add,
    Concat,
    Crop,
    Multiply,
    Op,
    PixelShuffle,
    Pool,
    Resize,
    TransposedConv,
    Upsample,
)
from unetgen.plan.tensor import sizes


def entries(shown: DrawnGrid) -> list[legend.Entry]:
    """Only what occurs, in the order of the data flow."""
    routes = {link.route for link in shown.links}
    found = [legend.cell("map", "0,0" if shown.nested else "c", _blocks(shown))]
    if any(cell.nested for cell in shown.cells.values()):
        found.append(legend.cell("copied", "0,1", "node between encoder and decoder"))
    if "down" in routes:
        found.append(legend.arrow("down", _ways(shown, "down")))
    if "up" in routes:
        found.append(legend.arrow("up", _ways(shown, "up") or "from the level below"))
    if "next" in routes:
        found.append(legend.near(skips(shown)))
    if routes & {"over", "across"}:
        ops = (Pool,) if "climb" in routes else _RESIZES
        ways = words(_far(shown, ops)) if "across" in routes else ""
        found.append(legend.far("skip", "far", f"from further away{f', {ways}' if ways else ''}"))
    if "climb" in routes:
        ups = words(_far(shown, _RESIZES[1:]))
        found.append(legend.far("up", "far up", f"from a coarser level{f', {ups}' if ups else ''}"))
    found.append(legend.arrow("head", words([(("", key[0]), head.nodes) for key, _, head in shown.heads])))
    if shown.fuse:
        found.append(legend.box("head", fuse_words(shown.fuse)))
    return found


_RESIZES = (Pool, TransposedConv, Upsample, PixelShuffle, Resize)
"""What brings a tensor from another level to this one's size."""


def _far(shown: DrawnGrid, ops: tuple[type[Op], ...]) -> list[tuple[tuple[str, int], list[Node]]]:
    """The nodes of `ops` in every skip that has some."""
    kept = [[node for node in op.nodes if isinstance(node.op, ops)] for _, op in _of(shown, "skip")]
    return [(("", 0), nodes) for nodes in kept if nodes]


def _blocks(shown: DrawnGrid) -> str:
    """What a circle is, and what stands in it."""
    cells = [cell for cell in shown.cells.values() if cell.operations[-1].kind == "conv"]
    bundles = [((_side(cell), cell.key[0]), cell.operations[-1].nodes) for cell in cells]
    counts = sorted({cell.convs for cell in cells})
    times = str(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    inside = "level, column" if shown.nested else "c channels"
    return f"{inside}; {times} times {block_words(bundles)}"


def _side(cell: Cell) -> str:
    return "encoder" if cell.key[1] == 0 else "nested" if cell.nested else "decoder"


def _of(shown: DrawnGrid, kind: Kind) -> list[tuple[int, Operation]]:
    return [(c.key[0], op) for c in shown.cells.values() for op in c.operations if op.kind == kind]


def _ways(shown: DrawnGrid, kind: Kind) -> str:
    return words([(("", level), operation.nodes) for level, operation in _of(shown, kind)])


def skips(shown: DrawnGrid) -> str:
    """What the skips do: copy, gate, and how they meet."""
    nodes: Sequence[Node] = [node for _, operation in _of(shown, "skip") for node in operation.nodes]
    crops = any(isinstance(node.op, Crop) for node in nodes)
    adds = any(isinstance(n.op, Add) for n in nodes) and not any(isinstance(n.op, Concat) for n in nodes)
    text = "copy, crop and add" if crops and adds else "copy and crop" if crops else "copy and concatenate"
    if adds and not crops:
        text = "copy and add"
    if any(isinstance(node.op, Multiply) for node in nodes):
        return f"{text}, gated by attention"
    joins = (Add, Concat, Crop, *(_RESIZES if any(node.place.joins_levels for node in nodes) else ()))
    own = [
        (("decoder", level), [n for n in operation.nodes if not isinstance(n.op, joins)])
        for level, operation in _of(shown, "skip")
    ]
    others = words([(place, kept) for place, kept in own if kept])
    return f"{text} ({others})" if others else text


def _kind(shown: DrawnGrid) -> str:
    return "nested U-Net" if shown.nested else "U-Net"


def title(shown: DrawnGrid, name: str) -> str:
    """One line for a reader who cannot see the figure."""
    levels = "1 level" if shown.depth == 1 else f"{shown.depth} levels"
    return f"{name}: {shown.plan.input.spec.dims}D {_kind(shown)} with {levels}"


def description(shown: DrawnGrid, name: str) -> str:
    """The alt text: what the figure shows, level by level, and what each node takes."""
    source, output = shown.plan.input.spec, shown.plan.by_name[shown.plan.outputs[0]].spec
    rows = "; ".join(
        f"level {level} at {sizes(shown.row(level)[0].spec.spatial)} with "
        + ", ".join(f"{cell.spec.channels} channels in {_name(cell)}" for cell in shown.row(level))
        for level in range(shown.depth)
    )
    taken = "; ".join(
        f"{_name(cell)} takes {', '.join(sources)}"
        for cell in shown.cells.values()
        if (sources := [_name(shown.cells[link.source]) for link in shown.links if link.target == cell.key])
    )
    heads = "head" if len(shown.heads) == 1 else f"{len(shown.heads)} heads"
    return (
        f"Diagram of {name}, a {source.dims}D {_kind(shown)} with {shown.depth} levels of resolution. "
        f"The input has {source.channels} channels of {size_text(source.spatial, short=False)}. "
        f"Nodes: {rows}. {taken}. "
        f"Output, {heads}: {output.channels} channels of {size_text(output.spatial, short=False)}."
    )


def _name(cell: Cell) -> str:
    level, column = cell.key[0], cell.column
    side = _side(cell)
    own = f" of {cell.task}" if cell.task else ""
    return f"node {level},{column}{own}" if side == "nested" else f"{side} {level}{own}"


def caption(shown: DrawnGrid, name: str) -> str:
    """A caption in LaTeX, without the command around it."""
    source, inside = shown.plan.input.spec, "its level and column" if shown.nested else "its channels"
    text = f"{name}: {source.dims}D {_kind(shown)} for inputs of {source.channels} channels of "
    text += f"{size_text(source.spatial, short=False)}. Each circle is a block of convolutions with {inside} "
    text += "inside and the size of its row at the left; each arrow is an operation. "
    return escaped(f"{text}The network has {shown.plan.params:,} parameters.")
