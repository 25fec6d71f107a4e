"""A plan as PyTorch people would have it: without steps that do nothing there.

A convolution pads by itself, and a linear activation is nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from unetgen.plan.graph import Node, Plan
from unetgen.plan.ops import Activation, Conv, Pad

Amounts = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class TorchPlan:
    """A plan without what is nothing in PyTorch, and by how much a convolution pads on both sides."""

    plan: Plan
    padding: Mapping[str, tuple[int, ...]]


def for_torch(plan: Plan) -> TorchPlan:
    """`plan` without linear activations, and without the zeros that its convolutions add themselves.

    The specs of what is left are those of `plan`; a convolution in `padding` says ``valid``.
    """
    users: dict[str, list[Node]] = {node.name: [] for node in plan.nodes}
    for node in plan.nodes:
        for source in node.inputs:
            users[source].append(node)
    same: dict[str, str] = {}
    padding: dict[str, tuple[int, ...]] = {}
    for node in plan.nodes:
        is_padding = _is_padding_of(node, users[node.name]) and node.name not in plan.outputs
        if is_padding:
            padding |= {user.name: _one_side(node) for user in users[node.name]}
        if is_padding or node.op == Activation("linear"):
            same[node.name] = same.get(node.inputs[0], node.inputs[0])
    kept = tuple(
        replace(node, inputs=tuple(same.get(name, name) for name in node.inputs))
        for node in plan.nodes
        if node.name not in same
    )
    return TorchPlan(Plan(kept, tuple(same.get(name, name) for name in plan.outputs)), padding)


def _is_padding_of(node: Node, users: list[Node]) -> bool:
    """Whether it adds as many zeros on both sides, and only before convolutions that add none."""
    pad = node.op
    if not isinstance(pad, Pad) or pad.mode != "constant" or any(a != b for a, b in pad.amounts):
        return False
    return all(isinstance(user.op, Conv) and user.op.padding == "valid" for user in users)


def _one_side(node: Node) -> tuple[int, ...]:
    assert isinstance(node.op, Pad)
    return tuple(before for before, _ in node.op.amounts)
