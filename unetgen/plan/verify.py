"""What makes a plan valid: checked after building and after every rewrite.

The rules about a graph stand here; what an op asks of its inputs is its own `broken_rules`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from unetgen.plan.graph import Node, Plan, PlanError
from unetgen.plan.ops import Input
from unetgen.plan.ops.base import Specs
from unetgen.plan.place import broken


def verify(plan: Plan) -> Plan:
    """Return `plan`, or raise `PlanError` naming the node that breaks a rule."""
    seen: dict[str, Node] = {}
    for node in plan.nodes:
        for rule in _broken_rules(node, seen):
            raise PlanError(f"node {node.name!r}: {rule}")
        seen[node.name] = node
    if not plan.outputs or any(name not in seen for name in plan.outputs):
        raise PlanError(f"outputs {plan.outputs} are not all nodes of the plan")
    used = {name for node in plan.nodes for name in node.inputs} | set(plan.outputs)
    for node in plan.nodes:
        if node.name not in used:
            raise PlanError(f"node {node.name!r}: nothing uses it")
    return plan


def _broken_rules(node: Node, before: Mapping[str, Node]) -> Iterator[str]:
    """What is wrong with `node` where it stands; each rule builds on those above it."""
    if node.name in before:
        yield "its name is taken"
    if "/" in node.name:
        yield "its name is not a Keras layer name"
    yield from broken(node.place)
    if any(name not in before for name in node.inputs):
        yield "an input does not stand before it"
    if isinstance(node.op, Input) == bool(before):
        yield "the input is the first node, and only it"
    inputs = tuple(before[name].spec for name in node.inputs)
    if node.op.infer(inputs) != node.spec:
        yield "its spec is not what its op gives"
    if min((*node.spec.spatial, node.spec.channels)) < 1:
        yield f"it is empty: {node.spec}"
    yield from node.op.broken_rules(inputs)
    if node.weights_of is not None:
        yield from _broken_sharing(node, inputs, before)


def _broken_sharing(node: Node, inputs: Specs, before: Mapping[str, Node]) -> Iterator[str]:
    owner = before.get(str(node.weights_of))
    if owner is None or owner.weights_of is not None:
        yield f"{node.weights_of!r}, whose weights it uses, is not an earlier node with its own"
        return
    owned = owner.op.weights(tuple(before[name].spec for name in owner.inputs))
    if node.op != owner.op or node.op.weights(inputs) != owned or not owned:
        yield f"it cannot use the weights of {owner.name!r}"
