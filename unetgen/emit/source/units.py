"""Units: a plan as its places nest it. What could be a function of the source is one.

Whether it becomes one is decided in `functions`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from unetgen.plan.graph import Node, Plan
from unetgen.plan.place import Place


@dataclass(frozen=True)
class Unit:
    """Consecutive nodes at one place with one output, which others use, and all their weights within."""

    place: Place
    children: tuple[Node | Unit, ...]
    inputs: tuple[str, ...]
    """What it uses from outside, in the order of first use."""
    output: str

    @property
    def prefix(self) -> str:
        """How the names of its nodes begin."""
        return self.place.scope.replace("/", "_")

    def nodes(self) -> Iterator[Node]:
        for child in self.children:
            if isinstance(child, Node):
                yield child
            else:
                yield from child.nodes()

    def __hash__(self) -> int:
        return hash((self.place, self.output))


def units(plan: Plan) -> tuple[Node | Unit, ...]:
    """All of `plan` behind its input: units within units, and nodes that stand alone."""
    return _Reading(plan).grouped(plan.nodes[1:], 0)


class _Reading:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.users: dict[str, list[str]] = {node.name: [] for node in plan.nodes}
        for node in plan.nodes:
            for source in node.inputs:
                self.users[source].append(node.name)

    def grouped(self, nodes: Sequence[Node], depth: int) -> tuple[Node | Unit, ...]:
        """`nodes`, consecutive ones of a place together, whose pieces are told apart up to `depth`."""
        children: list[Node | Unit] = []
        for place, run in groupby(nodes, key=lambda node: _cut(node.place, depth)):
            inside = list(run)
            if place is None or (len(inside) == 1):
                children += inside
                continue
            within = self.grouped(inside, depth + 1)
            unit = self._unit(place, within, inside)
            children += within if unit is None else [unit]
        return tuple(children)

    def _unit(self, place: Place, children: tuple[Node | Unit, ...], nodes: list[Node]) -> Unit | None:
        """The unit, or None where its nodes belong to what is around it."""
        if len(children) == 1 and isinstance(children[0], Unit):
            return None
        names = {node.name for node in nodes}
        outputs = [
            node.name
            for node in nodes
            if node.name in self.plan.outputs or not names.issuperset(self.users[node.name])
        ]
        owned = {node.weights_of for node in nodes if node.weights_of}
        lent = {node.weights_of for node in self.plan.nodes if node.name not in names and node.weights_of}
        prefix = place.scope.replace("/", "_")
        is_named_so = all(f"{node.name}_".startswith(f"{prefix}_") for node in nodes)
        if len(outputs) != 1 or owned - names or lent & names or not is_named_so or not prefix:
            return None
        inputs = dict.fromkeys(source for node in nodes for source in node.inputs if source not in names)
        return Unit(place, children, tuple(inputs), outputs[0])


def _cut(place: Place, depth: int) -> Place | None:
    """The part that `place` is in with its `depth` outermost pieces; None where it has fewer pieces."""
    return place.cut(depth) if len(place.pieces) >= depth else None
