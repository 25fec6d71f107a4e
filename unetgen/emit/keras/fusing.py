"""Where a graph optimiser would merge layers wrongly: there the emitted model has a layer of its own.

TensorFlow's ``remapper``, with oneDNN on a CPU, merges a convolution with its bias, an addition behind it and
an activation behind that into one kernel, whatever slope the activation has; and a padding into the 3D
convolution behind it, whatever that pads itself. See decision 0011.
"""

from __future__ import annotations

from unetgen.plan.call import Call
from unetgen.plan.graph import Node, Plan
from unetgen.plan.ops import Activation, Add, Conv, Dropout, MergedConv, Pad

SLOPED = frozenset({"leaky_relu", "mish"})
"""Activations that are merged wrongly behind an addition, with or without options."""


def unfused(plan: Plan, node: Node, data_format: str) -> Call | None:
    """The layer of `node` that is left alone, where Keras's would be merged wrongly; else None."""
    op = node.op
    if isinstance(op, Activation) and _is_sloped(op) and _is_sum(_seen(plan, node.inputs[0])):
        arguments = {"activation": op.name, "options": dict(op.options)}
        return Call("unetgen.layers.UnfusedActivation", arguments)
    if isinstance(op, Pad) and op.mode == "constant" and _is_padded_again(plan, node):
        return Call("unetgen.layers.UnfusedZeroPadding", {"padding": op.amounts, "data_format": data_format})
    return None


def _is_sloped(op: Activation) -> bool:
    return op.name in SLOPED or (op.name == "relu" and op.options.get("negative_slope", 0) != 0)


def _seen(plan: Plan, name: str) -> Node:
    """What a node with the input `name` is given, where the network predicts: a dropout is nothing then."""
    node = plan.by_name[name]
    is_nothing = isinstance(node.op, Dropout) or node.op == Activation("linear")
    return _seen(plan, node.inputs[0]) if is_nothing else node


def _is_sum(node: Node) -> bool:
    return isinstance(node.op, Add) or (isinstance(node.op, MergedConv) and len(node.op.factors) > 1)


def _is_padded_again(plan: Plan, pad: Node) -> bool:
    """Whether a convolution behind `pad` pads too."""
    return any(_pads(node) and pad in [_seen(plan, name) for name in node.inputs] for node in plan.nodes)


def _pads(node: Node) -> bool:
    conv = node.op.conv if isinstance(node.op, MergedConv) else node.op
    return isinstance(conv, Conv) and conv.padding == "same"
