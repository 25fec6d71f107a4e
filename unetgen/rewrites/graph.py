"""A plan as rewrites see it: what uses what, what a forward pass costs, and the plan after a change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from unetgen.plan.graph import Node, Plan, PlanError
from unetgen.plan.verify import verify

Arrays = Mapping[str, Sequence[Any]]
"""The weights of nodes by name, each node's as Keras orders them, channels last."""
Carry = Callable[[Arrays], Arrays]
"""From the weights of the nodes before a change to those after it."""
MACS_OF_A_VALUE = 16
"""Writing one value takes a CPU about as long as so many multiply-accumulates in float32. Compositions that
write more but multiply less, of 2D and 3D networks of 32 to 256 channels, ran 7 to 22 % faster; their sums
come out equal where a value counts 18 (2 cores with AVX512, TensorFlow 2.21)."""


@dataclass(frozen=True)
class Change:
    """One place where a rewrite applies.

    The nodes named `gone` leave the plan; `nodes` stand where the last of them stood, in order, and what
    used the value of `result[0]`, one of the gone, uses that of `result[1]`. Whatever nothing uses then is
    dropped too. Without `carry` weights keep their nodes' names and forms.
    """

    gone: tuple[str, ...]
    nodes: tuple[Node, ...]
    result: tuple[str, str]
    carry: Carry | None = None


@dataclass(frozen=True)
class Cost:
    """What a forward pass of one sample needs, as the manager weighs it."""

    macs: int
    elements: int
    """Values written: every node's output, the terms of sums, and kernels derived in the step."""
    nodes: int

    def __sub__(self, other: Cost) -> Cost:
        return Cost(self.macs - other.macs, self.elements - other.elements, self.nodes - other.nodes)

    @property
    def work(self) -> int:
        """Multiply-accumulates, and as many as take as long as writing the values."""
        return self.macs + MACS_OF_A_VALUE * self.elements

    @property
    def is_gain(self) -> bool:
        """Of a difference: less work, or as much by fewer nodes."""
        return self.work > 0 or (self.work == 0 and self.nodes > 0)


@dataclass(frozen=True)
class Graph:
    """A plan with what rewrites ask of it."""

    plan: Plan

    @cached_property
    def uses(self) -> Counter[str]:
        """How often each node's value is used, as an output too."""
        uses = Counter(name for node in self.plan.nodes for name in node.inputs)
        uses.update(self.plan.outputs)
        return uses

    @cached_property
    def shared(self) -> frozenset[str]:
        """Nodes that use another's weights, and those whose weights are used."""
        pairs = [(node.name, node.weights_of) for node in self.plan.nodes if node.weights_of]
        return frozenset(name for pair in pairs for name in pair if name)

    @cached_property
    def cost(self) -> Cost:
        plan = self.plan
        elements = sum(
            node.spec.elements + node.op.written_beside(plan.input_specs(node)) for node in plan.nodes
        )
        return Cost(plan.macs, elements, len(plan.nodes))

    @cached_property
    def peak(self) -> int:
        """Elements that a forward pass of one sample holds at most, each tensor up to its last use."""
        last = {name: index for index, node in enumerate(self.plan.nodes) for name in node.inputs}
        last |= dict.fromkeys(self.plan.outputs, len(self.plan.nodes))
        live: dict[str, int] = {}
        peak = 0
        for index, node in enumerate(self.plan.nodes):
            live[node.name] = node.spec.elements
            beside = node.op.held_beside(self.plan.input_specs(node))
            peak = max(peak, sum(live.values()) + beside)
            live = {name: size for name, size in live.items() if last.get(name, -1) > index}
        return peak

    def __getitem__(self, name: str) -> Node:
        return self.plan.by_name[name]

    def only_use(self, name: str) -> bool:
        """Whether the value of this node is used once, and is not an output."""
        return self.uses[name] == 1 and name not in self.plan.outputs

    def changed(self, change: Change) -> Graph:
        """The graph after `change`, verified."""
        old, new = change.result
        last = max(index for index, node in enumerate(self.plan.nodes) if node.name in change.gone)
        nodes: list[Node] = []
        for index, node in enumerate(self.plan.nodes):
            if node.name not in change.gone:
                inputs = tuple(new if name == old else name for name in node.inputs)
                nodes.append(node if inputs == node.inputs else replace(node, inputs=inputs))
            if index == last:
                nodes += change.nodes
        if old in self.plan.outputs and new != old:
            raise PlanError(f"output {old!r} would become {new!r}: outputs keep their names")
        return Graph(verify(Plan(_without_dead(nodes, self.plan.outputs), self.plan.outputs)))


def _without_dead(nodes: Sequence[Node], outputs: Sequence[str]) -> tuple[Node, ...]:
    """`nodes` without those that nothing needs; the input and owners of used weights are needed."""
    needed = {nodes[0].name, *outputs}
    for node in reversed(nodes):
        if node.name in needed:
            needed.update(node.inputs)
            if node.weights_of:
                needed.add(node.weights_of)
    return tuple(node for node in nodes if node.name in needed)
