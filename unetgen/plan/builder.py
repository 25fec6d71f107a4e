"""Builder: parts lower themselves into it, scope by scope, and it hands out the verified plan."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass

from unetgen.plan.graph import Node, Plan
from unetgen.plan.ops import Input, Op
from unetgen.plan.tensor import TensorSpec
from unetgen.plan.verify import verify


@dataclass(frozen=True)
class SizeFailure:
    """An axis of the input on which the network does not fit: where, and why."""

    axis: int
    scope: str
    reason: str


@dataclass(slots=True)
class _Scope(AbstractContextManager[None]):
    path: list[str]
    owners: list[str]
    name: str
    weights_of: str

    def __enter__(self) -> None:
        self.path.append(self.name)
        self.owners.append(self.weights_of)

    def __exit__(self, *error: object) -> None:
        self.path.pop()
        self.owners.pop()


class Builder:
    """Collects nodes. `TensorSpec`s that cannot be do not stop it: it notes the axis and goes on.

    So one lowering tells every axis that does not fit, and trying other sizes is cheap.
    """

    def __init__(self, spec_in: TensorSpec) -> None:
        self._nodes: dict[str, Node] = {}
        self._path: list[str] = []
        self._owners: list[str] = []
        self.failures: list[SizeFailure] = []
        self.input = self.add(Input(spec_in), name="input")

    @property
    def scope_path(self) -> str:
        return "/".join(self._path)

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The nodes so far, in order."""
        return tuple(self._nodes.values())

    def scope(self, name: str, weights_of: str | None = None) -> AbstractContextManager[None]:
        """Nodes added inside stand under `name`; slashes nest.

        With `weights_of` they use the weights of the nodes at the same place under that scope beside this
        one, as the repetitions of a recurrent convolution do.
        """
        return _Scope(self._path, self._owners, name, weights_of or name)

    def add(self, op: Op, *inputs: Node, name: str = "") -> Node:
        """Append a node named after the scope and `name`; the scope's main node needs no name."""
        spec = op.infer(tuple(node.spec for node in inputs))
        if min(spec.spatial) < 1:
            for axis, size in enumerate(spec.spatial):
                if size < 1:
                    self.fail(axis, f"a size of {inputs[0].spec.spatial[axis]} is too small")
            spec = TensorSpec(tuple(max(size, 1) for size in spec.spatial), spec.channels)
        scope = self.scope_path
        full = f"{scope}/{name}".strip("/").replace("/", "_")
        if full in self._nodes:
            raise ValueError(f"two nodes named {full!r}")
        node = Node(full, op, tuple(source.name for source in inputs), spec, scope, self._owner(full, name))
        self._nodes[full] = node
        return node

    def _owner(self, full: str, name: str) -> str | None:
        """The node whose weights the node `full` uses, where a scope around it says so and it has any."""
        if self._owners == self._path:
            return None
        owner = "/".join([*self._owners, name]).strip("/").replace("/", "_")
        node = self._nodes[owner]
        specs = tuple(self._nodes[source].spec for source in node.inputs)
        return (node.weights_of or owner) if node.op.weights(specs) else None

    def fail(self, axis: int, reason: str) -> None:
        """Note that the input does not fit on `axis`, at the present scope."""
        self.failures.append(SizeFailure(axis, self.scope_path, reason))

    def finish(self, *outputs: Node) -> Plan:
        """The verified plan. Only for a builder without failures."""
        return verify(Plan(self.nodes, tuple(node.name for node in outputs)))
