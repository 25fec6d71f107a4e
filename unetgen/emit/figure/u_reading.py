"""Reading a U to draw from the places and ops of a plan.

Nodes of one place belong together; a place with a convolution makes a tensor to draw; what is not known
joins the place before it. Every node of the plan ends up in exactly one operation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from unetgen.emit.figure.belonging import drawn_with
from unetgen.emit.figure.drawn_u import DrawnU, LevelRow, Operation
from unetgen.emit.figure.row_reading import Nodes, read_row
from unetgen.errors import UnetgenError
from unetgen.plan.graph import Node, Plan
from unetgen.plan.ops import CropLike, PadLike, ResizeLike
from unetgen.plan.place import Place

Key = tuple[Literal["encoder", "decoder"], int]
Drafts = dict[Key, dict[Place, list[Node]]]
"""The rows being read: the nodes of each by what they are drawn with, in order."""
Heads = Mapping[Place, list[Node]]


def drawn_u(plan: Plan) -> DrawnU:
    """What a figure shows of `plan`. Raises `UnetgenError` where it is not a single U."""
    at = drawn_with(plan)
    if any(place.side == "nested" or place.task for place in at.values()):
        raise UnetgenError("only a U can be drawn in rows, and this plan has more nodes; use the grid view")
    drafts: Drafts = {}
    heads: dict[Place, list[Node]] = {}
    for node in plan.nodes:
        place = at[node.name]
        if place.side == "head":
            heads.setdefault(place, []).append(node)
        elif place.side in ("encoder", "decoder") and place.level is not None:
            drafts.setdefault((place.side, place.level), {}).setdefault(place, []).append(node)
    depth = 1 + max((level for side, level in drafts if side == "encoder"), default=-1)
    first = min((level for side, level in drafts if side == "encoder"), default=1)
    for level in range(first):  # without a stem and a block there is nothing on it
        drafts["encoder", level] = {}
    if depth == 0 or {level for side, level in drafts if side == "encoder"} != set(range(depth)):
        raise UnetgenError("only a U can be drawn: this plan has no encoder with levels from 0 on")
    is_strided = any(place.part == "up" for place in heads)  # then the bottom may have nothing of its own
    if not all(level < depth - (not is_strided) for side, level in drafts if side == "decoder"):
        raise UnetgenError("only a U can be drawn: this plan's decoder has more levels than its encoder")
    entry = Operation("input", Place(), tuple(n for n in plan.nodes if at[n.name].side is None))
    if any(place.part in ("up", "stem") for place in heads):
        return _strided(plan, at, entry, drafts, heads, depth)
    encoder, decoder = _rows(plan, at, entry, drafts, depth)
    network = _with_heads(DrawnU(plan, entry, encoder, decoder, {}), at, heads)
    _require_drawn_input(network, at)
    return network


def _require_drawn_input(network: DrawnU, at: Mapping[str, Place]) -> None:
    """Raise `UnetgenError` where the input is all of the top row, and goes to more than its row and skip."""
    if not network.begins_with_input:
        return
    entry = {node.name for node in network.input.nodes}
    for node in network.plan.nodes:
        place = at[node.name]
        for_its_size = isinstance(node.op, ResizeLike | CropLike | PadLike)
        if (place.side == "head" or for_its_size) and not entry.isdisjoint(node.inputs):
            hint = "use the grid view" if place.side == "head" else "say the sizes that are free"
            what = f"{place.words} takes the input too"
            raise UnetgenError(f"{what}, and no arrow shows that where the first level has no block; {hint}")


def _rows(
    plan: Plan,
    at: Mapping[str, Place],
    entry: Operation,
    drafts: Drafts,
    depth: int,
) -> tuple[tuple[LevelRow, ...], dict[int, LevelRow]]:
    """The rows of both sides."""
    spec = entry.spec
    encoder: list[LevelRow] = []
    decoder: dict[int, LevelRow] = {}

    def row(side: Literal["encoder", "decoder"], level: int) -> LevelRow:
        parts = {part: tuple(nodes) for part, nodes in drafts[side, level].items()}
        return read_row(plan, at, side, level, parts, spec)

    for level in range(depth):
        encoder.append(row("encoder", level))
        spec = encoder[-1].spec
    for level in reversed(range(depth - 1)):
        if ("decoder", level) in drafts:
            decoder[level] = row("decoder", level)
            spec = decoder[level].spec
    return tuple(encoder), decoder


def _with_heads(network: DrawnU, at: Mapping[str, Place], heads: Heads, lower: int = 0) -> DrawnU:
    """The heads by the level of the row that each stands at, and what fuses them; levels stand `lower`."""
    at_level: dict[int, Operation] = {}
    fuse = None
    for place, nodes in heads.items():
        if place.part == "fuse":
            fuse = Operation("head", place, tuple(nodes))
            continue
        before = at[nodes[0].inputs[0]]
        level = 0 if before.side == "head" else (before.level or 0) + lower
        if level in at_level:
            raise UnetgenError(f"two heads at level {level} cannot be drawn in rows; use the grid view")
        at_level[level] = Operation("head", place, tuple(nodes))
    return replace(network, heads=at_level, fuse=fuse)


def _strided(
    plan: Plan,
    at: Mapping[str, Place],
    entry: Operation,
    drafts: Drafts,
    heads: Heads,
    depth: int,
) -> DrawnU:
    """A U that goes down before its first block: every level stands a row lower, below the input's.

    Behind a strided stem a decoder's level is a row as ever. In a strided U it joins its skip and then goes
    up: its up-sampling and its block are the next row's.
    """
    has_stem = any(place.part == "stem" for place in heads)
    shifted: Drafts = {("encoder", 0): {}}
    for level in range(depth):
        shifted["encoder", level + 1] = drafts["encoder", level]
    for level in range(depth):
        for place, nodes in drafts.get(("decoder", level), {}).items():
            row: Key = ("decoder", level + 1 if has_stem or place.part == "skip" else level)
            shifted.setdefault(row, {})[place] = nodes
    ways = {place: nodes for place, nodes in heads.items() if place.part in ("up", "stem")}
    shifted["decoder", 0] = {replace(place, part="up"): nodes for place, nodes in ways.items()}
    encoder, decoder = _rows(plan, at, entry, shifted, depth + 1)
    if has_stem:
        others = {place: nodes for place, nodes in heads.items() if place not in ways}
        network = _with_heads(DrawnU(plan, entry, encoder, decoder, {}), at, others, lower=1)
        _require_drawn_input(network, at)
        return network
    decoder = {level: _late(row) for level, row in decoder.items()}
    head_nodes: Nodes = tuple(node for place, nodes in heads.items() if place.part != "up" for node in nodes)
    out = {0: Operation("head", Place("head"), head_nodes)} if head_nodes else {}
    return DrawnU(plan, entry, encoder, decoder, out)


def _late(row: LevelRow) -> LevelRow:
    """The row whose skip joins at its end: the join is a part of what its box stands for."""
    if row.merge is None:
        return row
    whole = row.steps[0].place.of_whole.scope if row.steps else row.way.group if row.way else ""
    joined = replace(row.merge, operation=replace(row.merge.operation, name=whole))
    return replace(row, merge=joined, late=True)
