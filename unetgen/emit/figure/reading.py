"""Reading the content of a figure from a plan's scopes and ops.

Nodes of one scope belong together; a scope with a convolution makes a tensor to draw; what is not known
joins the scope before it. Every node of the plan ends up in exactly one operation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from unetgen.emit.figure.content import Content, Operation, Row
from unetgen.emit.figure.places import Place, places
from unetgen.emit.figure.rows import Nodes, read_row
from unetgen.errors import UnetgenError
from unetgen.plan.graph import Node, Plan

Key = tuple[Literal["encoder", "decoder"], int]
Drafts = dict[Key, dict[str, list[Node]]]
"""The rows being read: the nodes of each by part, in order."""


def content(plan: Plan) -> Content:
    """What a figure shows of `plan`. Raises `UnetgenError` where it is no single U."""
    at = places(plan)
    if any(place.side == "nested" or place.task for place in at.values()):
        raise UnetgenError("only a U can be drawn in rows, and this plan has more nodes; use the grid view")
    drafts: Drafts = {}
    heads: dict[str, list[Node]] = {}
    for node in plan.nodes:
        place = at[node.name]
        if place.side == "head":
            heads.setdefault(place.part, []).append(node)
        elif place.side in ("encoder", "decoder"):
            drafts.setdefault((place.side, place.level), {}).setdefault(place.part, []).append(node)
    depth = sum(side == "encoder" for side, _ in drafts)
    if depth == 0 or {level for side, level in drafts if side == "encoder"} != set(range(depth)):
        raise UnetgenError("only a U can be drawn: this plan has no encoder with levels from 0 on")
    if not all(level < depth - 1 for side, level in drafts if side == "decoder"):
        raise UnetgenError("only a U can be drawn: this plan's decoder has more levels than its encoder")
    entry = Operation("input", "input", tuple(n for n in plan.nodes if at[n.name].side == "input"))
    if "head/up" in heads:
        return _strided(plan, at, entry, drafts, heads, depth)
    encoder, decoder = _rows(plan, at, entry, drafts, depth, {})
    return _with_heads(Content(plan, entry, encoder, decoder, {}), at, heads)


def _rows(
    plan: Plan,
    at: Mapping[str, Place],
    entry: Operation,
    drafts: Drafts,
    depth: int,
    names: Mapping[Key, str],
) -> tuple[tuple[Row, ...], dict[int, Row]]:
    """The rows of both sides; `names` has the scopes of those that are not called after their level."""
    spec = entry.spec
    encoder: list[Row] = []
    decoder: dict[int, Row] = {}

    def row(side: Literal["encoder", "decoder"], level: int) -> Row:
        parts = {part: tuple(nodes) for part, nodes in drafts[side, level].items()}
        return read_row(plan, at, side, level, names.get((side, level), f"{side}/level{level}"), parts, spec)

    for level in range(depth):
        encoder.append(row("encoder", level))
        spec = encoder[-1].spec
    for level in reversed(range(depth - 1)):
        if ("decoder", level) in drafts:
            decoder[level] = row("decoder", level)
            spec = decoder[level].spec
    return tuple(encoder), decoder


def _with_heads(shown: Content, at: Mapping[str, Place], heads: Mapping[str, list[Node]]) -> Content:
    """The heads by the level of the row that each stands at, and what fuses them."""
    at_level: dict[int, Operation] = {}
    for group, nodes in heads.items():
        if group == "head/fuse":
            continue
        level = at[nodes[0].inputs[0]].level
        if level in at_level:
            raise UnetgenError(f"two heads at level {level} cannot be drawn in rows; use the grid view")
        at_level[level] = Operation("head", group, tuple(nodes))
    fuse = Operation("head", "head/fuse", tuple(heads["head/fuse"])) if "head/fuse" in heads else None
    return replace(shown, heads=at_level, fuse=fuse)


def _strided(
    plan: Plan,
    at: Mapping[str, Place],
    entry: Operation,
    drafts: Drafts,
    heads: Mapping[str, list[Node]],
    depth: int,
) -> Content:
    """A U that goes down before its first block: every level stands a row lower, below the input's.

    A decoder's level joins its skip and then goes up: its up-sampling and its block are the next row's.
    """
    shifted: Drafts = {("encoder", 0): {}}
    names: dict[Key, str] = {("decoder", 0): "head"}
    for level in range(depth):
        shifted["encoder", level + 1] = drafts["encoder", level]
        names["encoder", level + 1] = f"encoder/level{level}"
    for level in range(depth - 1):
        for part, nodes in drafts.get(("decoder", level), {}).items():
            row = ("decoder", level + 1) if part == "skip" else ("decoder", level)
            shifted.setdefault(row, {})[part] = nodes  # type: ignore[arg-type]
        names.setdefault(("decoder", level), f"decoder/level{level}")
    shifted["decoder", 0] = {"up": heads["head/up"]}
    encoder, decoder = _rows(plan, at, entry, shifted, depth + 1, names)
    decoder = {level: _late(row, drafts) for level, row in decoder.items()}
    own: Nodes = tuple(node for group, nodes in heads.items() if group != "head/up" for node in nodes)
    out = {0: Operation("head", "head", own)} if own else {}
    return Content(plan, entry, encoder, decoder, out)


def _late(row: Row, drafts: Drafts) -> Row:
    """A row whose skip joins at its end; it is called after the level that the skip is of."""
    if row.merge is None:
        return row
    name = f"decoder/level{row.level - 1}/skip"
    merge = replace(row.merge, operation=replace(row.merge.operation, group=name))
    if merge.gate:
        merge = replace(merge, gate=replace(merge.gate, group=f"{name}/gate"))
    return replace(row, merge=merge, late=True)
