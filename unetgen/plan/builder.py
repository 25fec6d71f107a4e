"""Builder: parts lower themselves into it, place by place, and it hands out the verified plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace

from unetgen.plan.graph import Node, Plan
from unetgen.plan.ops import Input, Op
from unetgen.plan.ops.base import Axes
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

    Where axes of the input are free, `trials` are further sizes of it. Every node's size is worked out for
    each, so that a part can tell what holds for all legal sizes from what holds for the reference alone. A
    trial that does not fit on an axis does not fail: it is left out there from then on.

    `task`, `level`, `head`, `part` and `piece` each lead one step further in: nodes added inside stand there.
    """

    def __init__(self, spec_in: TensorSpec, trials: Sequence[Axes] = ()) -> None:
        self._trials = tuple(trials) if spec_in.free else ()
        self._tried: dict[str, tuple[Axes, ...]] = {}
        self._illegal: set[tuple[int, int]] = set()
        self._nodes: dict[str, Node] = {}
        self._place = self._owner = Place()
        self._prefix = ""
        self.failures: list[SizeFailure] = []
        self.interrupted_at = Place()
        """The innermost place that an exception came from, if any did."""
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
        except BaseException:
            if self.interrupted_at == Place():
                self.interrupted_at = place
            raise
        finally:
            self._place, self._owner, self._prefix = before

    def _require(self, is_outside: bool) -> None:
        if not is_outside:
            raise ValueError(f"tasks, levels or heads, parts, pieces: in this order, not in {self._place}")

    def add(self, op: Op, *inputs: Node, name: str = "") -> Node:
        """Append a node named after the place and `name`; the place's main node needs no name."""
        spec = op.infer(tuple(node.spec for node in inputs))
        tried = self._sizes_of(op, inputs)
        if min(spec.spatial, default=1) < 1:
            for axis, size in enumerate(spec.spatial):
                if size < 1:
                    self.fail(axis, f"a size of {inputs[0].spec.spatial[axis]} is too small")
            spec = spec.of_sizes(tuple(max(size, 1) for size in spec.spatial))
        full = _joined(self._prefix, name)
        if full in self._nodes:
            raise ValueError(f"two nodes named {full!r}")
        names = tuple(source.name for source in inputs)
        node = Node(full, op, names, spec, self._place, self._owner_of(full, name))
        self._nodes[full] = node
        self._tried[full] = tried
        return node

    def sizes(self, node: Node, axis: int) -> dict[int, int]:
        """The size of `node` on `axis`: as it is under 0, then for every further trial that is legal."""
        return self._legal(node.spec.spatial, self._tried[node.name], axis)

    def sizes_after(self, op: Op, x: Node, axis: int) -> dict[int, int]:
        """The same of the node that `op` would make of `x`."""
        return self._legal(op.infer((x.spec,)).spatial, self._sizes_of(op, (x,)), axis)

    @property
    def legal_trials(self) -> tuple[Axes, ...]:
        """The trials with the reference in place of every size that did not fit."""
        reference = self.input.spec.spatial
        return tuple(
            tuple(
                reference[axis] if (trial, axis) in self._illegal else size for axis, size in enumerate(sizes)
            )
            for trial, sizes in enumerate(self._trials, start=1)
        )

    def _legal(self, spatial: Axes, tried: tuple[Axes, ...], axis: int) -> dict[int, int]:
        sizes = {0: spatial[axis]}
        if axis in self.input.spec.free:
            others = enumerate(tried, start=1)
            sizes |= {trial: size[axis] for trial, size in others if (trial, axis) not in self._illegal}
        return sizes

    def _sizes_of(self, op: Op, inputs: Sequence[Node]) -> tuple[Axes, ...]:
        """The output's size for each trial; one that is too small is not legal."""
        found: list[Axes] = []
        for trial, given in enumerate(self._trials, start=1):
            specs = tuple(node.spec.of_sizes(self._tried[node.name][trial - 1]) for node in inputs)
            spatial = op.infer(specs).spatial if inputs else given
            self._illegal |= {(trial, axis) for axis, size in enumerate(spatial) if size < 1}
            found.append(tuple(max(size, 1) for size in spatial))
        return tuple(found)

    def _owner_of(self, full: str, name: str) -> str | None:
        """The node whose weights the node `full` uses, where a piece around it says so and it has any."""
        if self._owner is self._place:
            return None
        owner = _joined(_prefix(self._owner), name)
        node = self._nodes[owner]
        specs = tuple(self._nodes[source].spec for source in node.inputs)
        return (node.weights_of or owner) if node.op.weights(specs) else None

    def fail(self, axis: int, reason: str, trial: int = 0) -> None:
        """Note that the input does not fit on `axis`, at the present place; or that `trial` does not."""
        if trial:
            self._illegal.add((trial, axis))
        else:
            self.failures.append(SizeFailure(axis, self._place, reason))

    def finish(self, *outputs: Node) -> Plan:
        """The verified plan. Only for a builder without failures."""
        return verify(Plan(self.nodes, tuple(node.name for node in outputs)))


def _prefix(place: Place) -> str:
    """How the names of the nodes at `place` begin."""
    return place.scope.replace("/", "_")


def _joined(prefix: str, label: str) -> str:
    return f"{prefix}_{label}" if prefix and label else prefix or label
