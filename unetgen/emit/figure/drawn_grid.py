"""DrawnGrid: a network as a grid of nodes, for topologies that are not a single U, read from a plan.

A cell is a level's tensor of the encoder, of a decoder (a task's own one, too), or between them as in UNet++;
links lead to it from the cells that it takes from. Every node of the plan ends up in one operation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from unetgen.emit.figure.belonging import WHOLE, drawn_with
from unetgen.emit.figure.drawn_u import Kind, Operation
from unetgen.errors import UnetgenError
from unetgen.plan.graph import Node, Plan
from unetgen.plan.ops import Conv, GlobalPool, TransposedConv
from unetgen.plan.place import Place
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
        nodes = [node for node in self.operations[-1].nodes if not node.place.has("style")]
        return sum(isinstance(node.op, Conv | TransposedConv) for node in nodes)


@dataclass(frozen=True)
class DrawnGrid:
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
    def levels(self) -> list[int]:
        """The rows that have circles, the finest first."""
        return sorted({level for level, _ in self.cells})

    @property
    def first(self) -> Key:
        """The cell that the input leads into: an encoder may give nothing at the first level."""
        return min(key for key in self.cells if key[1] == 0)

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
        node.place.side == "nested" or node.place.task or node.place.joins_levels for node in plan.nodes
    )


def drawn_grid(plan: Plan) -> DrawnGrid:
    """`plan` as a grid. Raises `UnetgenError` where it has no levels."""
    at = drawn_with(plan)
    if any(place.side == "head" and place.part == "up" for place in at.values()):
        raise UnetgenError("the grid view shows levels that begin with a block; use the stage view")
    depth = 1 + max((place.level or 0 for place in at.values() if place.side == "encoder"), default=-1)
    if depth == 0:
        raise UnetgenError("only a U can be drawn: this plan has no encoder with levels from 0 on")
    tasks = list(dict.fromkeys(place.task for place in at.values() if place.side in ("nested", "decoder")))
    nested = any(place.side == "nested" for place in at.values())
    drafts: dict[Key, dict[Place, list[Node]]] = {}
    of_key: dict[Key, Place] = {}
    heads: dict[Place, list[Node]] = {}
    where: dict[str, Key] = {}
    for node in plan.nodes:
        place = at[node.name]
        if place.side == "head":
            if place.part == "stem":  # the way back to the input's size is drawn as a part of the head
                where[node.name] = where[node.inputs[0]]
                place = replace(place, part=None)
            heads.setdefault(place, []).append(node)
        elif place.side is not None:
            where[node.name] = key = _key(place, depth, tasks, nested)
            of_key.setdefault(key, place.of_whole)
            drafts.setdefault(key, {}).setdefault(place, []).append(node)
    cells = {key: _cell(key, of_key[key], drafts[key], depth) for key in drafts}
    links = [link for cell in cells.values() for link in _links(cell, of_key, where)]
    if len(tasks) > 1 and any(link.route in ("across", "climb") for link in links):
        raise UnetgenError(
            "no view shows a further task's own decoder beside skips from several levels; "
            "use `decoder: shared` for the task in what is drawn, or leave the task out"
        )
    of_stem = {node.name for nodes in heads.values() for node in nodes if node.place.part == "stem"}
    if any(nodes[0].inputs[0] in of_stem for nodes in heads.values()):
        raise UnetgenError(
            "no view shows two heads behind a stem with strides; "
            "use `decoder: own` for the task in what is drawn, or leave the task out"
        )
    fused = Place("head", part="fuse")
    fuse = Operation("head", fused, tuple(heads.pop(fused))) if fused in heads else None
    stand = tuple(
        (where[nodes[0].inputs[0]], place.task, Operation("head", place, tuple(nodes)))
        for place, nodes in heads.items()
    )
    entry = Operation("input", Place(), tuple(n for n in plan.nodes if at[n.name].side is None))
    network = DrawnGrid(plan, entry, cells, tuple(links), stand, fuse)
    _require_one_way_in(network, where)
    _require_pooled_blocks(network)
    return network


def _require_pooled_blocks(network: DrawnGrid) -> None:
    """Raise `UnetgenError` where the whole of a level is pooled that has no block, beside something else."""
    way = {n.name for cell in network.cells.values() for op in cell.operations[:-1] for n in op.nodes}
    for node in network.plan.nodes:
        of_image = node.place.has("style") or node.place.side == "head"
        if isinstance(node.op, GlobalPool) and of_image and node.inputs[0] in way:
            raise UnetgenError(
                f"{node.place.words} pools the way to a level without a block, and no arrow of the grid view "
                "shows that; give the bottom a block"
            )


def _require_one_way_in(network: DrawnGrid, where: Mapping[str, Key]) -> None:
    """Raise `UnetgenError` where a cell beside the first takes the input too."""
    entry = {node.name for node in network.input.nodes}
    takers = {where[n.name] for n in network.plan.nodes if n.name in where and not entry.isdisjoint(n.inputs)}
    if takers != {network.first}:
        raise UnetgenError(
            "the decoder takes the input at level 0, where the encoder has no circle, and no arrow of the "
            "grid view shows that"
        )


def _key(place: Place, depth: int, tasks: list[str], nested: bool) -> Key:
    """Level and column; what a further task has of its own stands right of the main one's last column."""
    level, column = place.level or 0, _column(place, depth)
    if place.side == "encoder":
        return level, column
    return level, column + tasks.index(place.task) * (depth - 1 - level if nested else 1)


def _column(place: Place, depth: int) -> int:
    """The column of a level of one side; a decoder's is where its row ends."""
    return depth - 1 - (place.level or 0) if place.side == "decoder" else place.column or 0


def _cell(key: Key, place: Place, parts: Mapping[Place, list[Node]], depth: int) -> Cell:
    """The cell of the level at `place`: the ways to it and the skip, then its block."""
    kinds: tuple[Literal["down", "up", "skip"], ...] = ("down", "up", "skip")
    operations = [
        Operation(kind, part, tuple(nodes))
        for kind in kinds
        for part, nodes in parts.items()
        if part.part == kind
    ]
    block = tuple(node for part, nodes in parts.items() if part.part not in WHOLE for node in nodes)
    if block:
        operations.append(Operation("conv", place, block))
    is_nested = place.side == "nested"
    return Cell(key, is_nested, tuple(operations), operations[-1].spec, place.task, _column(place, depth))


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
    if of_key[source].side == "nested" and kind == "skip":
        return "climb"
    if kind == "up" or (level == goal + 1 and (not from_encoder or bottom)):
        return "up"
    return "across" if from_encoder and not bottom else "climb"
