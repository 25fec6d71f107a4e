"""Reading how a skip joins its decoder row, and the gate that may stand on it."""

from __future__ import annotations

from collections.abc import Mapping

from unetgen.emit.figure.drawn_u import Merge, Operation
from unetgen.plan.graph import Node, Plan
from unetgen.plan.ops import Add, Concat, Multiply
from unetgen.plan.ops.fitted import CROPS
from unetgen.plan.place import Piece, Place


def merge_of(plan: Plan, at: Mapping[str, Place], skip: Operation) -> Merge:
    """Which of the channels that meet come from the encoder, and what gates them."""
    by_name = {node.name: node for node in skip.nodes}
    joining = [node for node in skip.nodes if not node.place.has("squeeze_excitation")]
    last = next((node for node in reversed(joining) if isinstance(node.op, Concat | Add)), joining[-1])
    copied = risen = 0
    for name in last.inputs:
        origin = name
        while origin in by_name:
            origin = by_name[origin].inputs[0]
        if _is_of_encoder(at[origin], at[last.name]):
            copied += plan.by_name[name].spec.channels
        else:
            risen += plan.by_name[name].spec.channels
    crops = any(isinstance(node.op, CROPS) for node in skip.nodes)
    gate = _gate(skip, last)
    if not gate:
        return Merge(skip, copied, risen, isinstance(last.op, Add), crops)
    names = {node.name for node in gate}
    outside = [name for node in gate for name in node.inputs if name not in by_name]
    gated = any(not _is_of_encoder(at[name], at[last.name]) for name in outside)
    rest = tuple(node for node in skip.nodes if node.name not in names)
    join = Operation("skip", skip.place, rest)
    gate_operation = Operation("gate", skip.place.within(Piece("gate")), gate)
    return Merge(join, copied, risen, isinstance(last.op, Add), crops, gate_operation, gated)


def _is_of_encoder(origin: Place, join: Place) -> bool:
    """Whether a tensor is the encoder's of the level that it joins; on the first one the input may be."""
    if origin.side is None:
        return join.level == 0
    return origin.side == "encoder" and origin.level == join.level


def _gate(skip: Operation, last: Node) -> tuple[Node, ...]:
    """The nodes of the skip that a multiplication before `last` needs."""
    nodes = skip.nodes[: skip.nodes.index(last)]  # behind the join there may be squeeze and excitation
    by_name = {node.name: node for node in nodes}
    needed = {node.name for node in nodes if isinstance(node.op, Multiply)}
    for node in reversed(nodes):
        if node.name in needed:
            needed |= {name for name in node.inputs if name in by_name}
    # What follows the multiplication up to the join is the gate's as well, such as its last convolution.
    for node in nodes:
        if node.inputs and node.inputs[0] in needed:
            needed.add(node.name)
    return tuple(node for node in nodes if node.name in needed)
