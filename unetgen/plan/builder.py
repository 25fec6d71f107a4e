"""Builder: parts lower themselves into it, place by place, and it hands out the verified plan."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace

from unetgen.plan.graph import Node, Plan
from unetgen.plan.ops import Input, Op
from unetgen.plan.place import LevelSide, PartName, Piece, Place
from unetgen.plan.tensor import TensorSpec
from unetgen.plan.verify import verify


@dataclass(frozen=True)
class SizeFailure:
    """An axis of the input on which the network does not fit: where, and why."""

    axis: int
    place: Place
    reason: str


class Builder:
    """Collects nodes. `TensorSpec`s that cannot be do not stop it: it notes the axis and goes on.

    So one lowering tells every axis that does not fit, and trying other sizes is cheap.

    `task`, `level`, `head`, `part` and `piece` each lead one step further in: nodes added inside stand there.
    """

    def __init__(self, spec_in: TensorSpec) -> None:
        self._nodes: dict[str, Node] = {}
        self._place = self._owner = Place()
        self._prefix = ""
        self.failures: list[SizeFailure] = []
        self.input = self.add(Input(spec_in), name="input")

    @property
    def place(self) -> Place:
        """Where the next node stands."""
        return self._place

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The nodes so far, in order."""
        return tuple(self._nodes.values())

    def task(self, name: str) -> AbstractContextManager[None]:
        """What a further task has of its own."""
        self._require(self._place == Place())
        return self._at(replace(self._place, task=name))

    def level(self, side: LevelSide, level: int, column: int | None = None) -> AbstractContextManager[None]:
        """A level of one side; a nested one has a column."""
        self._require(self._place == Place(task=self._place.task))
        return self._at(replace(self._place, side=side, level=level, column=column))

    def head(self, level: int | None = None, column: int | None = None) -> AbstractContextManager[None]:
        """The main head, or that of a level or a column."""
        self._require(self._place == Place(task=self._place.task))
        return self._at(replace(self._place, side="head", level=level, column=column))

    def part(self, name: PartName) -> AbstractContextManager[None]:
        """What a level or a head has beside its block."""
        self._require(self._place == self._place.of_whole)
        return self._at(replace(self._place, part=name))

    def piece(
        self, name: str, number: int | None = None, weights_of: Piece | None = None
    ) -> AbstractContextManager[None]:
        """A piece of a block or of another part; it has a number where there are several.

        With `weights_of` its nodes use the weights of those at the same place in that piece beside this one,
        as the repetitions of a recurrent convolution do.
        """
        piece, before, owner = Piece(name, number), self._place, self._owner
        place = before.within(piece)
        is_owner = owner is before and weights_of in (None, piece)
        return self._at(place, place if is_owner else owner.within(weights_of or piece))

    @contextmanager
    def _at(self, place: Place, owner: Place | None = None) -> Iterator[None]:
        before = self._place, self._owner, self._prefix
        self._place, self._owner, self._prefix = place, owner or place, _prefix(place)
        try:
            yield
        finally:
            self._place, self._owner, self._prefix = before

    def _require(self, is_outside: bool) -> None:
        if not is_outside:
            raise ValueError(f"tasks, levels or heads, parts, pieces: in this order, not in {self._place}")

    def add(self, op: Op, *inputs: Node, name: str = "") -> Node:
        """Append a node named after the place and `name`; the place's main node needs no name."""
        spec = op.infer(tuple(node.spec for node in inputs))
        if min(spec.spatial) < 1:
            for axis, size in enumerate(spec.spatial):
                if size < 1:
                    self.fail(axis, f"a size of {inputs[0].spec.spatial[axis]} is too small")
            spec = TensorSpec(tuple(max(size, 1) for size in spec.spatial), spec.channels)
        full = _joined(self._prefix, name)
        if full in self._nodes:
            raise ValueError(f"two nodes named {full!r}")
        names = tuple(source.name for source in inputs)
        node = Node(full, op, names, spec, self._place, self._owner_of(full, name))
        self._nodes[full] = node
        return node

    def _owner_of(self, full: str, name: str) -> str | None:
        """The node whose weights the node `full` uses, where a piece around it says so and it has any."""
        if self._owner is self._place:
            return None
        owner = _joined(_prefix(self._owner), name)
        node = self._nodes[owner]
        specs = tuple(self._nodes[source].spec for source in node.inputs)
        return (node.weights_of or owner) if node.op.weights(specs) else None

    def fail(self, axis: int, reason: str) -> None:
        """Note that the input does not fit on `axis`, at the present place."""
        self.failures.append(SizeFailure(axis, self._place, reason))

    def finish(self, *outputs: Node) -> Plan:
        """The verified plan. Only for a builder without failures."""
        return verify(Plan(self.nodes, tuple(node.name for node in outputs)))


def _prefix(place: Place) -> str:
    """How the names of the nodes at `place` begin."""
    return place.scope.replace("/", "_")


def _joined(prefix: str, label: str) -> str:
    return f"{prefix}_{label}" if prefix and label else prefix or label
