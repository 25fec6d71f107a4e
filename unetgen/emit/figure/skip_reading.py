"""Reading how a skip joins its decoder row, and the gate that may stand on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from unetgen.emit.figure.drawn_u import Merge, Operation
from unetgen.errors import UnetgenError
from unetgen.plan.graph import Node, Plan
from unetgen.plan.ops import Add, Concat, Conv, Multiply
from unetgen.plan.ops.fitted import CROPS
from unetgen.plan.place import Piece, Place


def merge_of(plan: Plan, at: Mapping[str, Place], skip: Operation) -> Merge:
    """Which of the channels that meet come from the encoder, and what gates them."""
    by_name = {node.name: node for node in skip.nodes}
    joining = [node for node in skip.nodes if not node.place.has("squeeze_excitation")]
    last = next((node for node in reversed(joining) if isinstance(node.op, Concat | Add)), joining[-1])
    copied = risen = 0
    inside = False

    def origin(name: str) -> str:
        while name in by_name:
            name = by_name[name].inputs[0]
        return name

    def is_copied(name: str) -> bool:
        return _is_of_encoder(at[origin(name)], at[last.name])

    for name in last.inputs:
        if is_copied(name):
            copied += plan.by_name[name].spec.channels
            begins = _is_inside(plan, origin(name), last.place.level or 0)
            if begins and (at[origin(name)].side is None or at[origin(name)].part is not None):
                raise UnetgenError(
                    "no view shows a skip that begins before a level's block; "
                    "use `take: before_last_conv` or `take: end` in what is drawn"
                )
            inside = inside or begins
        else:
            risen += plan.by_name[name].spec.channels
    crops = any(isinstance(node.op, CROPS) for node in skip.nodes)
    gate = _gate(skip, last, is_copied)
    if not gate:
        return Merge(skip, copied, risen, isinstance(last.op, Add), crops, inside=inside)
    names = {node.name for node in gate}
    outside = [name for node in gate for name in node.inputs if name not in by_name]
    if any(_passes_levels(plan, at[name], last.place) for name in outside):
        raise UnetgenError(
            "no view shows attention gates whose signal passes levels; "
            "use `gating: grid` or `up` in what is drawn"
        )
    gated = any(not _is_of_encoder(at[name], at[last.name]) for name in outside)
    rest = tuple(node for node in skip.nodes if node.name not in names)
    join = Operation("skip", skip.place, rest)
    gate_operation = Operation("gate", skip.place.within(Piece("gate")), gate)
    return Merge(join, copied, risen, isinstance(last.op, Add), crops, gate_operation, gated, inside)


def _is_inside(plan: Plan, origin: str, level: int) -> bool:
    """Whether convolutions of the encoder's block at `level` follow the tensor `origin`."""
    block = Place("encoder", level)
    after = plan.nodes[[node.name for node in plan.nodes].index(origin) + 1 :]
    return any(isinstance(node.op, Conv) and node.place.of_part == block for node in after)


def _passes_levels(plan: Plan, signal: Place, join: Place) -> bool:
    """Whether a gate's `signal` is another gate's, or the bottom's with levels of the decoder between."""
    if signal.side == "decoder":
        return signal.has("gate") and signal.level != join.level
    between = (
        n for n in plan.nodes if n.place.side == "decoder" and (n.place.level or 0) > (join.level or 0)
    )
    return signal.level != join.level and any(between)


def _is_of_encoder(origin: Place, join: Place) -> bool:
    """Whether a tensor is the encoder's of the level that it joins; on the first one the input may be."""
    if origin.side is None:
        return join.level == 0
    return origin.side == "encoder" and origin.level == join.level


def _gate(skip: Operation, last: Node, is_copied: Callable[[str], bool]) -> tuple[Node, ...]:
    """The nodes of the skip that a multiplication of what is copied needs, before `last`."""
    nodes = skip.nodes[: skip.nodes.index(last)]  # behind the join there may be squeeze and excitation
    by_name = {node.name: node for node in nodes}
    needed = {node.name for node in nodes if isinstance(node.op, Multiply) and is_copied(node.inputs[0])}
    for node in reversed(nodes):
        if node.name in needed:
            needed |= {name for name in node.inputs if name in by_name}
    # What follows the multiplication up to the join is the gate's as well, such as its last convolution.
    for node in nodes:
        if node.inputs and node.inputs[0] in needed:
            needed.add(node.name)
    return tuple(node for node in nodes if node.name in needed)
