"""The cheap beginning of a network: what a training step can make twice instead of keeping it.

The first convolutions read few channels and write many at the full size: they take few multiplications, and
what they and the norms behind them give is much of what a backward pass needs.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property

from unetgen.plan.graph import Node, Plan
from unetgen.plan.ops import Activation, Conv, MergedConv, Op, TransposedConv
from unetgen.plan.ops.workspace import Kept
from unetgen.plan.verify import verify

MOST = 100
"""Of a training step's multiplications, less than one in so many may be done twice."""
PASSES = 3
"""As many forward passes does a training step take: the gradients of inputs and weights take one each."""


@dataclass(frozen=True)
class CheapBlock:
    """Nodes from the input on that run together, so that nothing between them is kept for the backward pass.

    What inner nodes give is made again there. What ends give is not: their gradients read what they were
    given, and nothing that they gave. Both are empty where nothing is cheap, or all of it is kept anyway.
    """

    inner: frozenset[str] = frozenset()
    ends: frozenset[str] = frozenset()

    @cached_property
    def names(self) -> frozenset[str]:
        return self.inner | self.ends


def cheap_block(plan: Plan) -> CheapBlock:
    """The largest such block; an end may still have an activation, which `with_activations_apart` takes off.

    A node outside that keeps what an inner one gives makes it no inner one: its value would be held anyway.
    """
    barred = set(plan.outputs)
    while kept := _kept_anyway(plan, inner := _affordable(plan, barred)):
        barred |= kept
    ends = {node.name for node in plan.nodes if node.name not in inner and _is_end(plan, node, inner)}
    block = CheapBlock(inner, frozenset(ends))
    return block if _saves(plan, block) else CheapBlock()


def with_activations_apart(plan: Plan) -> Plan:
    """`plan` with the activations of its block's ends as nodes of their own: the gradient of an end must not
    need what it gave."""
    ends = cheap_block(plan).ends
    apart = {name: f"{name}_activation" for name in ends if _activation(plan.by_name[name].op)}
    nodes: list[Node] = []
    for node in plan.nodes:
        inputs = tuple(apart.get(name, name) for name in node.inputs)
        node = node if inputs == node.inputs else replace(node, inputs=inputs)
        if activation := _activation(node.op) if node.name in apart else None:
            nodes.append(replace(node, op=_bare(node.op)))
            node = Node(apart[node.name], Activation(activation), (node.name,), node.spec, node.place)
        nodes.append(node)
    return verify(Plan(tuple(nodes), plan.outputs)) if apart else plan


def _affordable(plan: Plan, barred: Collection[str]) -> frozenset[str]:
    """Nodes that need nothing but the input and each other, as far as their multiplications go."""
    found = frozenset[str]()
    left = PASSES * plan.macs / MOST
    for node in plan.nodes[1:]:
        macs = plan.macs_of(node)
        if node.name not in barred and macs < left and _stands_on(plan, node, found):
            found |= {node.name}
            left -= macs
    return found


def _stands_on(plan: Plan, node: Node, inner: frozenset[str]) -> bool:
    """Whether it reads inner nodes and the input only; no block tells a layer's calls apart."""
    return node.weights_of is None and (inner | {plan.input.name}).issuperset(node.inputs)


def _kept_anyway(plan: Plan, inner: frozenset[str]) -> set[str]:
    """The inner nodes whose values something outside keeps."""
    return {
        name
        for node in plan.nodes
        if node.name not in inner
        and node.op.kept in (Kept.INPUTS, Kept.BOTH)
        and not _is_end(plan, node, inner)
        for name in inner.intersection(node.inputs)
    }


def _is_end(plan: Plan, node: Node, inner: frozenset[str]) -> bool:
    """Whether `node`, which is not inner, can end the block."""
    reads = not inner.isdisjoint(node.inputs) and _stands_on(plan, node, inner)
    is_linear = isinstance(node.op, Conv | MergedConv | TransposedConv)
    cheap = is_linear or not plan.macs_of(node)
    return reads and cheap and node.name not in plan.outputs and _bare(node.op).kept is Kept.INPUTS


def _saves(plan: Plan, block: CheapBlock) -> bool:
    """Whether its nodes keep what inner ones give."""
    nodes = [node for node in plan.nodes if node.name in block.names]
    read = [node for node in nodes if node.op.kept in (Kept.INPUTS, Kept.BOTH)]
    given = [node for node in nodes if node.op.kept in (Kept.OUTPUT, Kept.BOTH)]
    return any(not block.inner.isdisjoint(node.inputs) for node in read) or any(
        node.name in block.inner for node in given
    )


def _activation(op: Op) -> str | None:
    conv = op.conv if isinstance(op, MergedConv) else op
    return conv.activation if isinstance(conv, Conv) else None


def _bare(op: Op) -> Op:
    """`op` without its activation."""
    if isinstance(op, MergedConv):
        return replace(op, conv=replace(op.conv, activation=None))
    return replace(op, activation=None) if isinstance(op, Conv) else op
