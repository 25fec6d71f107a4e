"""Reading the content of a figure from a plan's scopes and ops.

Nodes of one scope belong together; a scope with a convolution makes a tensor to draw; what is not known
joins the scope before it. Every node of the plan ends up in exactly one operation.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from unetgen.emit.figure.content import Content, Join, Kind, Merge, Operation, Row
from unetgen.emit.figure.places import Place, places
from unetgen.errors import UnetgenError
from unetgen.plan.graph import Node, Plan
from unetgen.plan.ops import Add, Concat, Crop
from unetgen.plan.tensor import TensorSpec


@dataclass
class _Draft:
    """A row being read: its nodes by part, in order."""

    parts: dict[str, list[Node]] = field(default_factory=dict)


def content(plan: Plan) -> Content:
    """What a figure shows of `plan`. Raises `UnetgenError` where it is no single U."""
    at = places(plan)
    entry = tuple(node for node in plan.nodes if at[node.name].side == "input")
    rows: dict[tuple[str, int], _Draft] = {}
    heads: dict[str, list[Node]] = {}
    for node in plan.nodes:
        place = at[node.name]
        if place.side == "head":
            heads.setdefault(place.part, []).append(node)
        elif place.side != "input":
            rows.setdefault((place.side, place.level), _Draft()).parts.setdefault(place.part, []).append(node)
    depth = sum(side == "encoder" for side, _ in rows)
    if depth == 0 or {level for side, level in rows if side == "encoder"} != set(range(depth)):
        raise UnetgenError("only a U can be drawn: this plan has no encoder with levels from 0 on")
    if not all(level < depth - 1 for side, level in rows if side == "decoder"):
        raise UnetgenError("only a U can be drawn: this plan's decoder has more levels than its encoder")
    spec = entry[-1].spec
    encoder: list[Row] = []
    for level in range(depth):
        encoder.append(_row(plan, at, "encoder", level, rows["encoder", level], spec))
        spec = encoder[-1].spec
    decoder: dict[int, Row] = {}
    for level in reversed(range(depth - 1)):
        if ("decoder", level) in rows:
            decoder[level] = _row(plan, at, "decoder", level, rows["decoder", level], spec)
            spec = decoder[level].spec
    at_level = {
        at[nodes[0].inputs[0]].level: Operation("head", group, tuple(nodes)) for group, nodes in heads.items()
    }
    return Content(plan, Operation("input", "input", entry), tuple(encoder), decoder, at_level)


def _row(
    plan: Plan,
    at: dict[str, Place],
    side: Literal["encoder", "decoder"],
    level: int,
    draft: _Draft,
    spec: TensorSpec,
) -> Row:
    prefix, parts = f"{side}/level{level}", dict(draft.parts)
    found = {part: tuple(nodes) for part, nodes in parts.items()}
    way_kind: Literal["down", "up"] = "down" if side == "encoder" else "up"
    way = _operation(way_kind, prefix, way_kind, found.pop(way_kind, ()))
    skip = _operation("skip", prefix, "skip", found.pop("skip", ()))
    merge = _merge(plan, at, skip) if skip else None
    chain = _chain(at, found)
    steps: list[Operation] = []
    joins: list[Join] = []
    for part, nodes in found.items():
        operation = Operation("conv", f"{prefix}/{part}".rstrip("/"), nodes)
        if part not in chain:
            continue
        if operation.convolves or not (steps or way or skip):
            steps.append(operation)
        elif sources := _joined(at, part, nodes):
            joins.append(_join(operation, sources, found, chain, steps, prefix))
        elif joins and joins[-1].target == len(steps) - 1:
            joins[-1] = replace(joins[-1], addition=_with(joins[-1].addition, nodes))
        elif steps:
            steps[-1] = _with(steps[-1], nodes)
        elif merge:
            merge = replace(merge, operation=_with(merge.operation, nodes))
        elif way:
            way = _with(way, nodes)
    taken = {node.name for join in joins if join.shortcut for node in join.shortcut.nodes}
    for part, nodes in found.items():
        if part not in chain and nodes[0].name not in taken and steps:
            steps[0] = replace(steps[0], nodes=(*nodes, *steps[0].nodes))
    if side == "encoder" and level > 0 and way is None and steps:
        way = replace(steps.pop(0), kind="down")
        joins = [replace(j, source=max(j.source - 1, -1), target=j.target - 1) for j in joins]
    return Row(side, level, way, merge, tuple(steps), tuple(joins), way.spec if way else spec)


def _operation(kind: Kind, prefix: str, part: str, nodes: tuple[Node, ...]) -> Operation | None:
    return Operation(kind, f"{prefix}/{part}", nodes) if nodes else None


def _with(operation: Operation, nodes: tuple[Node, ...]) -> Operation:
    return replace(operation, nodes=(*operation.nodes, *nodes))


def _sources(nodes: tuple[Node, ...]) -> list[str]:
    """Names of nodes outside `nodes` that they take from, in order."""
    own = {node.name for node in nodes}
    return [name for node in nodes for name in node.inputs if name not in own]


def _chain(at: dict[str, Place], parts: dict[str, tuple[Node, ...]]) -> set[str]:
    """The parts on the way from the row's first tensor to its last, by everyone's first input."""
    chain: set[str] = set()
    names = list(parts)
    here: str | None = names[-1] if names else None
    first = {node.name: place for place, nodes in parts.items() for node in nodes}
    while here is not None and here not in chain:
        chain.add(here)
        here = first.get(_sources(parts[here])[0])
    return chain


def _joined(at: dict[str, Place], part: str, nodes: tuple[Node, ...]) -> list[str]:
    sources = _sources(nodes)
    return sources if len(sources) > 1 and any(isinstance(node.op, Add) for node in nodes) else []


def _join(
    addition: Operation,
    sources: list[str],
    parts: dict[str, tuple[Node, ...]],
    chain: set[str],
    steps: list[Operation],
    prefix: str,
) -> Join:
    """The addition of what comes along the chain and of a shortcut, which may have nodes of its own."""
    other, shortcut = sources[1], None
    for part, nodes in parts.items():
        if part not in chain and any(node.name == other for node in nodes):
            shortcut = Operation("shortcut", f"{prefix}/{part}", nodes)
            other = _sources(nodes)[0]
    ends = [{node.name for node in step.nodes} for step in steps]
    source = next((index for index, names in enumerate(ends) if other in names), -1)
    return Join(replace(addition, kind="add"), shortcut, source, len(steps) - 1)


def _merge(plan: Plan, at: dict[str, Place], skip: Operation) -> Merge:
    """Which of the channels that meet come from the encoder."""
    by_name = {node.name: node for node in skip.nodes}
    last = next((node for node in reversed(skip.nodes) if isinstance(node.op, Concat | Add)), skip.nodes[-1])
    copied = risen = 0
    for name in last.inputs:
        origin = name
        while origin in by_name:
            origin = by_name[origin].inputs[0]
        if at[origin].side == "encoder" and at[origin].level == at[last.name].level:
            copied += plan.by_name[name].spec.channels
        else:
            risen += plan.by_name[name].spec.channels
    crops = any(isinstance(node.op, Crop) for node in skip.nodes)
    return Merge(skip, copied, risen, isinstance(last.op, Add), crops)
