"""The operation at a place of a plan, as what it is."""

from __future__ import annotations

from typing import TypeVar

from unetgen.plan.graph import Node
from unetgen.plan.ops import Op

AnyOp = TypeVar("AnyOp", bound=Op)


def op_of(node: Node, kind: type[AnyOp]) -> AnyOp:
    """The node's operation, which has to be of this kind."""
    assert isinstance(node.op, kind)
    return node.op
