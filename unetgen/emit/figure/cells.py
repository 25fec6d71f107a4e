"""Cells: reading a network as a grid of nodes, for topologies that are no single U.

A cell is a level's tensor of the encoder, of a decoder (a task's own one, too), or between them as in UNet++;
links lead to it from the cells that it takes from. Every node of the plan ends up in one operation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from unetgen.emit.figure.content import Kind, Operation
from unetgen.emit.figure.places import Place, places
from unetgen.errors import UnetgenError
from unetgen.plan.graph import Node, Plan
from unetgen.plan.ops import Conv, TransposedConv
from unetgen.plan.tensor import TensorSpec

Key = tuple[int, int]
"""Level and column: the encoder's is column 0, a decoder's is where its row ends."""
Route = Literal["down", "up", "next", "over", "across", "climb"]


@dataclass(frozen=True)
class Link:
    """From a cell to another: `next` to it in its row or `over` others, `across` levels, or up a decoder."""

    source: Key
    target: Key
    route: Route
    group: str


@dataclass(frozen=True)
class Cell:
    """A level's tensor: the operations that make it, the block's last."""

    key: Key
    nested: bool
    operations: tuple[Operation, ...]
    spec: TensorSpec
    task: str
    column: int
    """Its own: of a further task's decoder, that in the main one."""

    @property
    def group(self) -> str:
        """The group that its circle stands for."""
        return self.operations[-1].group

    @property
    def convs(self) -> int:
        return sum(isinstance(node.op, Conv | TransposedConv) for node in self.operations[-1].nodes)


@dataclass(frozen=True)
class Cells:
    """A network as a grid; heads by the cell that they stand at."""

    plan: Plan
    input: Operation
    cells: Mapping[Key, Cell]
    links: tuple[Link, ...]
    heads: tuple[tuple[Key, str, Operation], ...]
    """Where a head stands, the task that it is of, and its nodes."""
    fuse: Operation | None

    @property
    def depth(self) -> int:
        return 1 + max(level for level, _ in self.cells)

    @property
    def nested(self) -> bool:
        return any(cell.nested for cell in self.cells.values())

    @property
    def operations(self) -> Iterator[Operation]:
        yield self.input
        for cell in self.cells.values():
            yield from cell.operations
        yield from (head for _, _, head in self.heads)
        if self.fuse:
            yield self.fuse

    def row(self, level: int) -> list[Cell]:
        """The cells of a level from left to right."""
        return [self.cells[key] for key in sorted(self.cells) if key[0] == level]


def needs_grid(plan: Plan) -> bool:
    """Whether the network is more than one U, or joins levels that its U does not."""
    return any(
        place.side == "nested" or place.task or "/skip/from_" in node.scope
        for node, place in zip(plan.nodes, places(plan).values(), strict=True)
    )


def cells(plan: Plan) -> Cells:
    """`plan` as a grid. Raises `UnetgenError` where it has no levels."""
    at = places(plan)
    if any(place.side == "head" and place.part == "head/up" for place in at.values()):
        raise UnetgenError("the grid view shows levels that begin with a block; use the stage view")
    depth = 1 + max((place.level for place in at.values() if place.side == "encoder"), default=-1)
    if depth == 0:
        raise UnetgenError("only a U can be drawn: this plan has no encoder with levels from 0 on")
    tasks = list(dict.fromkeys(place.task for place in at.values() if place.side in ("nested", "decoder")))
    nested = any(place.side == "nested" for place in at.values())
    drafts: dict[Key, dict[str, list[Node]]] = {}
    of_key: dict[Key, Place] = {}
    heads: dict[str, list[Node]] = {}
    where: dict[str, Key] = {}
    for node in plan.nodes:
        place = at[node.name]
        if place.side == "head":
            heads.setdefault(place.part, []).append(node)
        elif place.side != "input":
            where[node.name] = key = _key(place, depth - 1 - place.level, tasks, nested)
            of_key.setdefault(key, place)
            drafts.setdefault(key, {}).setdefault(place.part, []).append(node)
    found = {key: _cell(key, of_key[key], drafts[key], depth) for key in drafts}
    links = [link for cell in found.values() for link in _links(cell, of_key, where)]
    if len(tasks) > 1 and any(link.route in ("across", "climb") for link in links):
        raise UnetgenError(
            "no view shows a further task's own decoder beside skips from several levels; "
            "use `decoder: shared` for the task in what is drawn, or leave the task out"
        )
    fuse = Operation("head", "head/fuse", tuple(heads.pop("head/fuse"))) if "head/fuse" in heads else None
    stand = tuple(
        (where[nodes[0].inputs[0]], at[nodes[0].name].task, Operation("head", group, tuple(nodes)))
        for group, nodes in heads.items()
    )
    entry = Operation("input", "input", tuple(n for n in plan.nodes if at[n.name].side == "input"))
    return Cells(plan, entry, found, tuple(links), stand, fuse)


def _key(place: Place, last: int, tasks: list[str], nested: bool) -> Key:
    """Level and column; what a further task has of its own stands right of the main one's `last` column."""
    if place.side == "encoder":
        return place.level, 0
    column = place.column if place.side == "nested" else last
    return place.level, column + tasks.index(place.task) * (last if nested else 1)


def _cell(key: Key, place: Place, parts: Mapping[str, list[Node]], depth: int) -> Cell:
    prefix = f"{place.side}/level{place.level}" + (f"/column{place.column}" if place.side == "nested" else "")
    prefix = f"tasks/{place.task}/{prefix}" if place.task else prefix
    kinds: tuple[Kind, ...] = ("down", "up", "skip")
    apart = {kind: tuple(parts[kind]) for kind in kinds if kind in parts}
    block = tuple(node for part, nodes in parts.items() if part not in apart for node in nodes)
    operations = [Operation(kind, f"{prefix}/{kind}", nodes) for kind, nodes in apart.items()]
    if block:
        operations.append(Operation("conv", prefix, block))
    column = depth - 1 - place.level if place.side == "decoder" else place.column
    return Cell(key, place.side == "nested", tuple(operations), operations[-1].spec, place.task, column)


def _links(cell: Cell, of_key: Mapping[Key, Place], where: Mapping[str, Key]) -> Iterator[Link]:
    """One from every cell that this one takes from, in the group of what takes it first."""
    seen: set[Key] = {cell.key}
    for operation in cell.operations:
        for node in operation.nodes:
            for name in node.inputs:
                source = where.get(name)
                if source is not None and source not in seen:
                    seen.add(source)
                    yield Link(
                        source, cell.key, _route(source, cell.key, of_key, operation.kind), operation.group
                    )


def _route(source: Key, target: Key, of_key: Mapping[Key, Place], kind: Kind) -> Route:
    level, goal = source[0], target[0]
    from_encoder, to_encoder = source[1] == 0, target[1] == 0
    if level == goal:
        between = any(key[0] == level and source[1] < key[1] < target[1] for key in of_key)
        return "over" if between else "next"
    if to_encoder:
        return "down"
    depth = 1 + max(key[0] for key in of_key)
    bottom = level == depth - 1
    if kind == "up" or (level == goal + 1 and (not from_encoder or bottom)):
        return "up"
    return "across" if from_encoder and not bottom else "climb"
