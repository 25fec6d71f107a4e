"""What the legend of a grid view says, and its title, alt text and caption."""

from __future__ import annotations

from collections.abc import Sequence

from unetgen.emit.figure import added_input, legend, prepared_input
from unetgen.emit.figure.drawn_grid import Cell, DrawnGrid
from unetgen.emit.figure.drawn_u import Kind, Operation
from unetgen.emit.figure.explain import drawn_at
from unetgen.emit.figure.head_legend import fuse_entry, head_entries
from unetgen.emit.figure.legend_words import block_words, words
from unetgen.emit.figure.measures import size_text
from unetgen.emit.figure.tex import escaped
from unetgen.plan.graph import Node
from unetgen.plan.ops import (
    Add,
    AddVector,
    Concat,
    Multiply,
    Op,
    PixelShuffle,
    Pool,
    TransposedConv,
    Upsample,
)
from unetgen.plan.ops.fitted import CROPS, RESIZES
from unetgen.plan.tensor import sizes


def entries(network: DrawnGrid) -> list[legend.Entry]:
    """Only what occurs, in the order of the data flow."""
    routes = {link.route for link in network.links}
    entries = prepared_input.entry(network.plan)
    entries += [legend.cell("map", "0,0" if network.nested else "c", _blocks(network))]
    if any(cell.nested for cell in network.cells.values()):
        entries.append(legend.cell("copied", "0,1", "node between encoder and decoder"))
    if "down" in routes:
        entries.append(legend.arrow("down", _ways(network, "down")))
    if "up" in routes:
        entries.append(legend.arrow("up", _ways(network, "up") or "from the level below"))
    if "next" in routes:
        entries.append(legend.near(skips(network)))
    if routes & {"over", "across"}:
        ops = (Pool,) if "climb" in routes else _RESIZES
        ways = words(_far(network, ops)) if "across" in routes else ""
        entries.append(legend.far("skip", "far", f"from further away{f', {ways}' if ways else ''}"))
    if "climb" in routes:
        ups = "; ".join(filter(None, (words(_far(network, _RESIZES[1:])), _style(network))))
        entries.append(legend.far("up", "far up", f"from a coarser level{f', {ups}' if ups else ''}"))
    entries += head_entries(network.plan, [(task, key[0], head) for key, task, head in network.heads])
    if network.fuse:
        entries.append(fuse_entry(network.plan, network.fuse))
    return entries + added_input.entry(network)


def _style(network: DrawnGrid) -> str:
    """The vector of the whole image that enters blocks, in words; nothing where there is none."""
    nodes = [node for node in network.plan.nodes if node.place.has("style")]
    made = words([(("", 0), [node for node in nodes if not isinstance(node.op, AddVector)])])
    return f"{made}, added in the blocks" if nodes else ""


_RESIZES = (Pool, TransposedConv, Upsample, PixelShuffle, *RESIZES)
"""What brings a tensor from another level to this one's size."""


def _far(network: DrawnGrid, ops: tuple[type[Op], ...]) -> list[tuple[tuple[str, int], list[Node]]]:
    """The nodes of `ops` in every skip that has some."""
    kept = [[node for node in op.nodes if isinstance(node.op, ops)] for _, op in _of(network, "skip")]
    return [(("", 0), nodes) for nodes in kept if nodes]


def _blocks(network: DrawnGrid) -> str:
    """What a circle is, and what stands in it."""
    cells = [cell for cell in network.cells.values() if cell.operations[-1].kind == "conv"]
    bundles = [
        (
            (_side(cell), cell.key[0]),
            [n for n in cell.operations[-1].nodes if not n.place.has("join", "style")],
        )
        for cell in cells
    ]
    counts = sorted({cell.convs for cell in cells})
    times = str(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    inside = "level, column" if network.nested else "c channels"
    return f"{inside}; {times} times {block_words(bundles)}"


def _side(cell: Cell) -> str:
    return "encoder" if cell.key[1] == 0 else "nested" if cell.nested else "decoder"


def _of(network: DrawnGrid, kind: Kind) -> list[tuple[int, Operation]]:
    return [(c.key[0], op) for c in network.cells.values() for op in c.operations if op.kind == kind]


def _ways(network: DrawnGrid, kind: Kind) -> str:
    return words([(("", level), operation.nodes) for level, operation in _of(network, kind)])


def skips(network: DrawnGrid) -> str:
    """What the skips do: copy, gate, and how they meet."""
    nodes: Sequence[Node] = [
        node
        for cell in network.cells.values()
        for operation in cell.operations
        for node in operation.nodes
        if operation.kind == "skip" or node.place.has("join")
    ]
    crops = any(isinstance(node.op, CROPS) for node in nodes)
    adds = any(isinstance(n.op, Add) for n in nodes) and not any(isinstance(n.op, Concat) for n in nodes)
    text = "copy, crop and add" if crops and adds else "copy and crop" if crops else "copy and concatenate"
    if adds and not crops:
        text = "copy and add"
    if any(isinstance(node.op, Multiply) for node in nodes):
        return f"{text}, gated by attention"
    joins = (Add, Concat, *CROPS, *(_RESIZES if any(node.place.joins_levels for node in nodes) else ()))
    bundles = [
        (("decoder", level), [n for n in operation.nodes if not isinstance(n.op, joins)])
        for level, operation in _of(network, "skip")
    ]
    others = words([(place, kept) for place, kept in bundles if kept])
    return f"{text} ({others})" if others else text


def _kind(network: DrawnGrid) -> str:
    return "nested U-Net" if network.nested else "U-Net"


def title(network: DrawnGrid, name: str) -> str:
    """One line for a reader who cannot see the figure."""
    levels = "1 level" if network.depth == 1 else f"{network.depth} levels"
    return f"{name}: {network.plan.input.spec.dims}D {_kind(network)} with {levels}"


def description(network: DrawnGrid, name: str) -> str:
    """The alt text: what the figure shows, level by level, and what each node takes."""
    source, output = network.plan.input.spec, network.plan.by_name[network.plan.outputs[0]].spec
    rows = "; ".join(
        f"level {level} at {sizes(network.row(level)[0].spec.spatial)} with "
        + ", ".join(f"{cell.spec.channels} channels in {_name(cell)}" for cell in network.row(level))
        for level in network.levels
    )
    cells = network.cells
    taken = "; ".join(
        f"{_name(cell)} takes {', '.join(sources)}"
        for cell in cells.values()
        if (sources := [_name(cells[link.source]) for link in network.links if link.target == cell.key])
    )
    heads = "head" if len(network.heads) == 1 else f"{len(network.heads)} heads"
    return (
        f"Diagram of {name}, a {source.dims}D {_kind(network)} with {network.depth} levels of resolution. "
        f"The input has {source.channels} channels of {size_text(source.spatial, short=False)}"
        f"{drawn_at(source)}. "
        f"Nodes: {rows}. {taken}. "
        f"Output, {heads}: {output.channels} channels of {size_text(output.spatial, short=False)}."
        f"{added_input.told(network)}"
    )


def _name(cell: Cell) -> str:
    level, column = cell.key[0], cell.column
    side = _side(cell)
    of_task = f" of {cell.task}" if cell.task else ""
    return f"node {level},{column}{of_task}" if side == "nested" else f"{side} {level}{of_task}"


def caption(network: DrawnGrid, name: str) -> str:
    """A caption in LaTeX, without the command around it."""
    source, inside = network.plan.input.spec, "its level and column" if network.nested else "its channels"
    text = f"{name}: {source.dims}D {_kind(network)} for inputs of {source.channels} channels of "
    text += f"{size_text(source.spatial, short=False)}{drawn_at(source)}. Each circle is a block of "
    text += (
        f"convolutions with {inside} inside and the size of its row at the left; each arrow is an operation. "
    )
    count = network.plan.params
    return escaped(f"{text}The network has {count:,} parameters.{added_input.told(network)}")
