"""Node and Plan: the network as a flat list in topological order, and what makes it valid."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cache, cached_property
from typing import Any

from unetgen.errors import UnetgenError
from unetgen.plan.ops import Input, Op, Weight
from unetgen.plan.ops.base import Specs
from unetgen.plan.place import Place
from unetgen.plan.tensor import TensorSpec


class PlanError(UnetgenError):
    """A plan that breaks its own rules: a fault of the builder or of a rewrite, not of a config."""


@dataclass(frozen=True, slots=True)
class Node:
    """One operation of a plan.

    `name` is unique and a legal Keras layer name; `inputs` are names of earlier nodes; `place` is where it
    stands in the network. `weights_of` names the earlier node whose weights this one uses too, as a recurrent
    convolution does; None: its own.
    """

    name: str
    op: Op
    inputs: tuple[str, ...]
    spec: TensorSpec
    place: Place
    weights_of: str | None = None

    @property
    def scope(self) -> str:
        """Its place as text, such as ``encoder/level1/conv2``."""
        return self.place.scope

    @property
    def label(self) -> str:
        """What it is called among the nodes of its place; empty for the main one."""
        return self.name.removeprefix(self.scope.replace("/", "_")).strip("_")


@dataclass(frozen=True)
class Plan:
    """A network: nodes in topological order, and the names of those that are its outputs."""

    nodes: tuple[Node, ...]
    outputs: tuple[str, ...]

    def __repr__(self) -> str:
        if not self.nodes:
            return "<Plan of 0 layers>"
        from unetgen.plan.html import outputs
        from unetgen.plan.tensor import sizes

        shapes = f"{sizes(self.input.spec.open_shape('channels_last'))} to {outputs(self)}"
        return f"<Plan of {len(self.nodes)} layers, {shapes}, {self.params:,} parameters, {self.macs:,} MACs>"

    def _repr_html_(self) -> str:
        from unetgen.plan.html import html

        return html(self)

    @cached_property
    def by_name(self) -> dict[str, Node]:
        return {node.name: node for node in self.nodes}

    @cached_property
    def _input_specs(self) -> dict[str, Specs]:
        return {node.name: tuple(self.by_name[name].spec for name in node.inputs) for node in self.nodes}

    def input_specs(self, node: Node) -> Specs:
        """The specs of a node's inputs, in order."""
        return self._input_specs[node.name]

    @cached_property
    def _weights(self) -> dict[str, tuple[Weight, ...]]:
        return {
            node.name: () if node.weights_of else node.op.weights(self.input_specs(node))
            for node in self.nodes
        }

    def weights(self, node: Node) -> tuple[Weight, ...]:
        """The weights that are the node's own: none where it uses another's."""
        return self._weights[node.name]

    @cached_property
    def _trainable(self) -> dict[str, int]:
        return {name: sum(w.size for w in held if w.trainable) for name, held in self._weights.items()}

    @cached_property
    def _non_trainable(self) -> dict[str, int]:
        return {name: sum(w.size for w in held if not w.trainable) for name, held in self._weights.items()}

    def trainable_params_of(self, node: Node) -> int:
        return self._trainable[node.name]

    def params_of(self, node: Node) -> int:
        """All parameters of one node."""
        return self._trainable[node.name] + self._non_trainable[node.name]

    @cached_property
    def _macs(self) -> dict[str, int]:
        return {node.name: node.op.macs(self.input_specs(node)) for node in self.nodes}

    def macs_of(self, node: Node) -> int:
        """Multiply-accumulates of one node in one sample's forward pass."""
        return self._macs[node.name]

    def at(self, spatial: tuple[int, ...]) -> Plan:
        """The same network at another size of its free axes, which `spatial` has for every axis.

        Raises `PlanError` where it does not fit.
        """
        specs: dict[str, TensorSpec] = {}
        nodes = []
        for node in self.nodes:
            inputs = tuple(specs[name] for name in node.inputs)
            op = node.op if inputs else Input(node.spec.of_sizes(spatial))
            specs[node.name] = op.infer(inputs)
            rules = op.broken_rules(inputs)
            if (
                rule := "it is empty"
                if min(specs[node.name].spatial, default=1) < 1
                else next(iter(rules), None)
            ):
                raise PlanError(f"node {node.name!r}: {rule}")
            nodes.append(replace(node, op=op, spec=specs[node.name]))
        return Plan(tuple(nodes), self.outputs)

    @property
    def input(self) -> Node:
        return self.nodes[0]

    @cached_property
    def output_shapes(self) -> tuple[tuple[int, ...], ...]:
        """Shapes of the outputs of one sample, channels last."""
        return tuple(self.by_name[name].spec.shape("channels_last") for name in self.outputs)

    @cached_property
    def trainable_params(self) -> int:
        return sum(self._trainable.values())

    @cached_property
    def non_trainable_params(self) -> int:
        return sum(self._non_trainable.values())

    @property
    def params(self) -> int:
        """All parameters, the statistics of batch normalization included."""
        return self.trainable_params + self.non_trainable_params

    @cached_property
    def macs(self) -> int:
        """Multiply-accumulates of one sample's forward pass (convolutions)."""
        return sum(self._macs.values())

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the architecture: ops, shapes and order; not of names, scopes or initial values."""
        import hashlib
        import json

        place = {node.name: index for index, node in enumerate(self.nodes)}
        rows = [
            [
                type(node.op).__name__,
                _architecture(node.op),
                [place[name] for name in node.inputs],
                *([place[node.weights_of]] if node.weights_of else []),
            ]
            for node in self.nodes
        ]
        text = json.dumps([rows, [place[name] for name in self.outputs]], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def _architecture(op: Op) -> dict[str, Any]:
    values = {}
    for name, default in _architecture_fields(type(op)):
        value = getattr(op, name)
        if default is ... or value != default:
            values[name] = _plain(value)
    return values


@cache
def _architecture_fields(kind: type[Op]) -> tuple[tuple[str, Any], ...]:
    """The fields that are part of the architecture, each with the default at which it is left out."""
    return tuple(
        (item.name, item.default if item.metadata.get("architecture") == "where set" else ...)
        for item in fields(kind)  # type: ignore[arg-type]
        if item.metadata.get("architecture") != "never"
    )


def _plain(value: Any) -> Any:
    """`value` as JSON takes it; without the size of a free axis, which is a reference only."""
    if not isinstance(value, TensorSpec):
        return value
    *spatial, channels = value.open_shape("channels_last")
    return {"spatial": spatial, "channels": channels}
