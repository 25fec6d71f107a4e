"""How a block's branches become one: the addition, and what of `order` stands before and after it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from unetgen.errors import Wrong
from unetgen.parts.convolution import before_and_after, surround
from unetgen.parts.recipe import Convolution, Element
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Add, Pad, PadToMultiple


class Ends(NamedTuple):
    """What `order` puts around a branch's last convolution, as an addition divides it."""

    before: Sequence[Element]
    """Before the convolution."""
    after: Sequence[Element]
    """Between the convolution and the addition."""
    added: Sequence[Element]
    """After the addition."""


def ends(conv: Convolution, *, activate_before: bool = False, activate_after: bool = True) -> Ends:
    """The ends of a branch whose sum takes what stands after the convolution, from its activation on.

    With `activate_before` all of that stays before the addition, and only an activation follows it;
    without `activate_after` none does. A pre-activation `order` has nothing after the convolution.
    """
    before, after = before_and_after(conv.order)
    split = list(after).index("activation") if "activation" in after else len(after)
    held = after[split:]
    if activate_before:
        kept, held = after, tuple(element for element in held if element == "activation")
    else:
        kept = after[:split]
    if not activate_after:
        held = tuple(element for element in held if element != "activation")
    return Ends(before, kept, held)


def add(b: Builder, x: Node, others: Sequence[Node], after: Sequence[Element], conv: Convolution) -> Node:
    """The sum of `x` and `others` of its size, and what stands after it, at the present place."""
    _require_equal_channels([x, *others])
    return surround(b, b.add(Add(), x, *others), after, conv)


def _require_equal_channels(nodes: Sequence[Node]) -> None:
    first = nodes[0]
    for node in nodes[1:]:
        if node.spec.channels != first.spec.channels:
            counts = f"{first.spec.channels} and {node.spec.channels}"
            raise Wrong.of(
                f"changes the channels, so that a block cannot add its input: {counts} in {first.scope}",
                hint="use another activation, or another block",
                path=("activation",),
            )


def is_input(b: Builder, x: Node) -> bool:
    """Whether `x` is the network's input, as it is or padded to a legal size."""
    padded = isinstance(x.op, Pad | PadToMultiple) and x.inputs == (b.input.name,)
    return x is b.input or padded


def require_padding(conv: Convolution, kind: str, reason: str, noun: str = "block") -> None:
    """Raise `Wrong` where the convolutions are not padded, and a part of this kind needs that."""
    if conv.padding == "valid":
        raise Wrong.of(
            f"a {kind} {noun} needs padded convolutions: {reason}",
            got="valid",
            hint=f"use `padding: same` or `torch`, or another {noun}",
            path=("padding",),
        )
