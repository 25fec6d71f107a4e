"""From a plan and the weights of its nodes to an ONNX graph, node by node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from unetgen.emit.onnx.graph import NodeWriter, Numbers, OnnxGraph
from unetgen.emit.onnx.table import NODES
from unetgen.emit.onnx.windows import Window
from unetgen.plan.graph import Node, Plan
from unetgen.plan.ops import Conv, Pad

Weights = Mapping[str, Sequence[Numbers]]
"""By node, in Keras's order, channels last."""
INNER, OUTER = "channels_first", "channels_last"
"""What is computed in, and the other data format."""
CASTS = {"float32": 1, "float16": 10}
"""The types that are computed in, by ONNX's numbers of them."""


@dataclass(frozen=True)
class Interface:
    """What a plan leaves open: how its input and outputs are given, and how it is computed."""

    data_format: str
    float_type: str = "float32"
    """The type that is computed in; the input and the outputs are of float32."""


def graph_of(plan: Plan, weights: Weights, interface: Interface) -> OnnxGraph:
    """The graph of `plan`: any batch, channels first inside, every node named after the plan's."""
    walk = _Walk(plan, weights, interface, OnnxGraph())
    walk.enter()
    for node in plan.nodes[1:]:
        walk.write(node)
    for name in plan.outputs:
        walk.leave(name)
    return walk.graph


@dataclass
class _Walk:
    plan: Plan
    weights: Weights
    interface: Interface
    graph: OnnxGraph
    tensors: dict[str, str] = field(default_factory=dict)
    """The tensor of each node's value."""
    types: dict[str, str] = field(default_factory=dict)
    """The type of each such tensor."""

    @property
    def is_outer(self) -> bool:
        """Whether the input and the outputs are given channels last."""
        return self.interface.data_format == OUTER

    def enter(self) -> None:
        """The input, as it is computed with."""
        node = self.plan.input
        self.tensors[node.name] = self._permuted(node.name, f"{node.name}/{INNER}", node.spec.dims)
        self.types[self.tensors[node.name]] = "float32"

    def write(self, node: Node) -> None:
        """The nodes of `node`; none where it is part of what uses it."""
        if self._is_folded(node):
            return
        before = self._padding_before(node)
        sources = before.inputs if before else node.inputs
        is_output = node.name in self.plan.outputs
        # Outputs are computed in float32 at least, as Keras does.
        float_type = "float32" if is_output else self.interface.float_type
        writer = NodeWriter(
            self.graph,
            node.name,
            f"{node.name}/{INNER}" if is_output and self._is_moved(node) else node.name,
            tuple(self._cast(self.tensors[name], float_type) for name in sources),
            self.plan.input_specs(node),
            node.spec,
            self.weights.get(node.weights_of or node.name, ()),
            node.weights_of or node.name,
            before.op.amounts if before and isinstance(before.op, Pad) else (),
            float_type,
        )
        tensor = self.tensors[node.name] = NODES[type(node.op)](node.op, writer)
        if tensor not in self.types:  # else what the node is given
            self.types[tensor] = float_type
            self.graph.values[tensor] = (node.spec, float_type)

    def leave(self, name: str) -> None:
        """The output of the node `name`, under its name."""
        tensor, node = self.tensors[name], self.plan.by_name[name]
        if self._is_moved(node):
            dims = node.spec.dims
            perm = (0, *range(2, dims + 2), 1)
            self.graph.add("Transpose", f"{name}/{OUTER}", [tensor], [name], perm=perm)
        elif tensor != name:
            self.graph.add("Identity", name, [tensor], [name])

    def _is_moved(self, node: Node) -> bool:
        """Whether an output is given otherwise than it is computed; a vector is the same in both formats."""
        return self.is_outer and node.spec.dims > 0

    def _permuted(self, name: str, permuted: str, dims: int) -> str:
        if not self.is_outer:
            return name
        perm = (0, dims + 1, *range(1, dims + 1))
        self.graph.add("Transpose", permuted, [name], [permuted], perm=perm)
        return permuted

    def _cast(self, tensor: str, float_type: str) -> str:
        if self.types[tensor] == float_type:
            return tensor
        cast = f"{tensor}/{float_type}"
        if cast not in self.types:
            self.graph.add("Cast", cast, [tensor], [cast], to=CASTS[float_type])
            self.types[cast] = float_type
        return cast

    def _padding_before(self, node: Node) -> Node | None:
        """The padding with zeros that the convolution `node` can do by itself."""
        source = self.plan.by_name[node.inputs[0]]
        is_zeros = isinstance(source.op, Pad) and source.op.mode == "constant"
        if not is_zeros or not isinstance(node.op, Conv):
            return None
        return None if Window.of(node.op).depends_on_size(source.spec) else source

    def _is_folded(self, node: Node) -> bool:
        """Whether convolutions alone use `node`, a padding with zeros, and do it by themselves."""
        if not isinstance(node.op, Pad) or node.name in self.plan.outputs:
            return False
        users = [user for user in self.plan.nodes if node.name in user.inputs]
        return all(self._padding_before(user) is node for user in users)
