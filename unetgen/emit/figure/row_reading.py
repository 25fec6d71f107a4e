"""Reading one level of one side: its way, its skip, and its block as a chain of steps with shortcuts.

A block that is more than that (branches that meet, a U of its own) becomes one step with all its nodes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Literal

from unetgen.emit.figure.belonging import WHOLE
from unetgen.emit.figure.drawn_u import Join, LevelRow, Operation
from unetgen.emit.figure.skip_reading import merge_of
from unetgen.plan.graph import Node, Plan
from unetgen.plan.ops import Add, Concat, Conv, Multiply, TransposedConv
from unetgen.plan.place import Place
from unetgen.plan.tensor import TensorSpec

Nodes = tuple[Node, ...]
Parts = Mapping[Place, Nodes]


class _BranchesError(Exception):
    """The block is not a chain of steps with shortcuts."""


def read_row(
    plan: Plan,
    at: Mapping[str, Place],
    side: Literal["encoder", "decoder"],
    level: int,
    parts: Parts,
    spec: TensorSpec,
) -> LevelRow:
    """The row of `parts`; `spec` is the tensor that comes into it."""
    way = _operation("down" if side == "encoder" else "up", parts)
    skip = _operation("skip", parts)
    if way and skip and not any(isinstance(node.op, Add | Concat) for node in skip.nodes):
        way, skip = _with(way, skip.nodes), None  # nothing joins, and what is there makes sizes fit
    block_parts = {place: nodes for place, nodes in parts.items() if place.part not in WHOLE}
    merge = merge_of(plan, at, skip) if skip else None
    try:
        steps, joins, first = _chained(block_parts, lonely=not (way or skip))
    except _BranchesError:
        everything = tuple(node for nodes in block_parts.values() for node in nodes)
        steps, joins, first = [Operation("conv", next(iter(block_parts)).of_whole, everything)], [], ()
        entry = way.spec if way else steps[0].spec if side == "encoder" and level > 0 else spec
        return LevelRow(side, level, way, merge, tuple(steps), (), entry, rich=True)
    if first and merge:
        merge = replace(merge, operation=_with(merge.operation, first))
    elif first and way:
        way = _with(way, first)
    if side == "encoder" and level > 0 and way is None and (count := _steps_down(steps, joins, spec)):
        nodes = tuple(node for step in steps[:count] for node in step.nodes)
        way = replace(steps[count - 1], kind="down", nodes=nodes)
        steps = steps[count:]
        joins = [
            replace(j, source=-2 if j.source == -1 else j.source - count, target=j.target - count)
            for j in joins
        ]
    return LevelRow(side, level, way, merge, tuple(steps), tuple(joins), way.spec if way else spec)


def _steps_down(steps: Sequence[Operation], joins: Sequence[Join], spec: TensorSpec) -> int:
    """How many of the block's first steps lead to its size; 0 where they are not a way of their own."""
    count = 1 + next((index for index, step in enumerate(steps) if step.spec.spatial != spec.spatial), -1)
    is_apart = all(join.target >= count and (join.source == -1 or join.source >= count - 1) for join in joins)
    return count if is_apart else 0


def _operation(kind: Literal["down", "up", "skip"], parts: Parts) -> Operation | None:
    return next((Operation(kind, place, nodes) for place, nodes in parts.items() if place.part == kind), None)


def _with(operation: Operation, nodes: Nodes) -> Operation:
    return replace(operation, nodes=(*operation.nodes, *nodes))


def _chained(block_parts: Parts, lonely: bool) -> tuple[list[Operation], list[Join], Nodes]:
    """Steps and joins, and the nodes before the first step; `lonely` where nothing stands before them."""
    parts = _gates_joined(block_parts)
    chain = _chain(parts)
    steps: list[Operation] = []
    joins: list[Join] = []
    first: Nodes = ()
    for part, nodes in parts.items():
        operation = Operation("conv", part, nodes)
        if part not in chain:
            continue
        if any(isinstance(node.op, Concat) for node in _path(nodes)):
            raise _BranchesError
        sources = _joined(nodes)
        if any(isinstance(node.op, Conv | TransposedConv) for node in _path(nodes)) or (not steps and lonely):
            steps.append(operation)
        elif sources:
            join = _join(operation, sources, parts, chain, steps, joins)
            if join.source == join.target and steps:
                shortcut_nodes = join.shortcut.nodes if join.shortcut else ()
                steps[-1] = _with(steps[-1], (*shortcut_nodes, *nodes))
            else:
                joins.append(join)
        elif joins and joins[-1].target == len(steps) - 1:
            joins[-1] = replace(joins[-1], addition=_with(joins[-1].addition, nodes))
        elif steps:
            steps[-1] = _with(steps[-1], nodes)
        else:
            first = (*first, *nodes)
    drawn = [*steps, *(j.addition for j in joins), *(j.shortcut for j in joins if j.shortcut)]
    taken = {node.name for operation in drawn for node in operation.nodes} | {node.name for node in first}
    if any(node.name not in taken for nodes in block_parts.values() for node in nodes):
        raise _BranchesError
    if any(two.source < one.target or two.target == one.target for one, two in pairwise(joins)):
        raise _BranchesError
    return steps, joins, first


def _gates_joined(block_parts: Parts) -> dict[Place, Nodes]:
    """The parts, those that only make the gate of a multiplication as one with the part that has it."""
    parts = {part: tuple(nodes) for part, nodes in block_parts.items()}
    while True:
        gate = next(((p, q) for p in parts if (q := _gated(parts, p)) is not None), None)
        if gate is None:
            return parts
        part, target = gate
        names = {node.name for nodes in (parts[part], parts[target]) for node in nodes}
        merged = tuple(node for nodes in block_parts.values() for node in nodes if node.name in names)
        parts = {p: merged if p == target else nodes for p, nodes in parts.items() if p != part}


def _gated(parts: Parts, part: Place) -> Place | None:
    """The part in which what `part` makes is used as a gate, and nowhere as anything else."""
    inside = {node.name for node in parts[part]}
    targets = set()
    for other, nodes in parts.items():
        for node in nodes:
            uses = [
                index for index, name in enumerate(node.inputs) if name in inside and node.name not in inside
            ]
            if uses:
                if not isinstance(node.op, Multiply) or uses != [1]:
                    return None
                targets.add(other)
    return targets.pop() if len(targets) == 1 else None


def _path(nodes: Nodes) -> Nodes:
    """From the last of `nodes` back to the first one's input, by everyone's first input."""
    by_name = {node.name: node for node in nodes}
    path = [nodes[-1]]
    while (before := path[-1].inputs[0]) in by_name:
        path.append(by_name[before])
    return tuple(path)


def _chain(parts: Parts) -> set[Place]:
    """The parts on the way from the row's first tensor to its last, by everyone's first input."""
    chain: set[Place] = set()
    part_of = {node.name: part for part, nodes in parts.items() for node in nodes}
    here: Place | None = list(parts)[-1] if parts else None
    while here is not None and here not in chain:
        chain.add(here)
        here = part_of.get(_path(parts[here])[-1].inputs[0])
    return chain


def _sources(nodes: Nodes) -> list[str]:
    """Names of nodes outside `nodes` that they take from, each once, in order."""
    inside = {node.name for node in nodes}
    return list(dict.fromkeys(name for node in nodes for name in node.inputs if name not in inside))


def _joined(nodes: Nodes) -> list[str]:
    """What an addition takes from outside; nothing where there is none."""
    sources = _sources(nodes)
    if len(sources) < 2 or not any(isinstance(node.op, Add) for node in nodes):
        return []
    if len(sources) > 2:
        raise _BranchesError
    return sources


def _join(
    addition: Operation,
    sources: list[str],
    parts: Parts,
    chain: set[Place],
    steps: list[Operation],
    joins: list[Join],
) -> Join:
    """The addition of what comes along the chain and of a shortcut, which may have nodes of its own."""
    other, shortcut = sources[1], None
    for part, nodes in parts.items():
        if part not in chain and any(node.name == other for node in nodes):
            shortcut = Operation("shortcut", part, nodes)
            other = _sources(nodes)[0]
    ends = [{node.name for node in step.nodes} for step in steps]
    for join in joins:
        ends[join.target] |= {node.name for node in join.addition.nodes}
    source = next((index for index, names in enumerate(ends) if other in names), -1)
    return Join(replace(addition, kind="add"), shortcut, source, len(steps) - 1)
