"""Where a graph optimiser would merge layers wrongly: there the emitted model has a layer of its own.

TensorFlow's merges a convolution with its bias, an addition behind it and an activation behind that into one
kernel (``remapper``, with oneDNN on a CPU), whatever slope the activation has. See decision 0011.
"""

from __future__ import annotations

from unetgen.plan.graph import Node, Plan
from unetgen.plan.ops import Activation, Add, Dropout, MergedConv

SLOPED = frozenset({"leaky_relu", "mish"})
"""Activations that are merged wrongly behind an addition, with or without options."""


def is_merged_wrongly(plan: Plan, node: Node) -> bool:
    """Whether `node` is an activation behind an addition that TensorFlow would compute otherwise."""
    op = node.op
    if not isinstance(op, Activation):
        return False
    is_sloped = op.name in SLOPED or (op.name == "relu" and op.options.get("negative_slope", 0) != 0)
    return is_sloped and _is_sum(plan, plan.by_name[node.inputs[0]])


def _is_sum(plan: Plan, node: Node) -> bool:
    """Whether `node` gives a sum, where it predicts: a dropout is nothing then."""
    while isinstance(node.op, Dropout) or node.op == Activation("linear"):
        node = plan.by_name[node.inputs[0]]
    return isinstance(node.op, Add) or (isinstance(node.op, MergedConv) and len(node.op.factors) > 1)
