"""An activation as the end of its convolution."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from unetgen.plan.ops import Activation, Conv, MergedConv
from unetgen.plan.ops.pointwise import ALONG_CHANNELS
from unetgen.rewrites.graph import Change, Graph
from unetgen.rewrites.rewrite import Rewrite


class FuseActivation(Rewrite):
    """An element-wise activation without options becomes its convolution's own.

    The convolution's values must go nowhere else. Bitwise: the same function of the same values, for the
    backward pass too. Activations along the channels stay, as those of the outputs do: these are named, and
    Keras's cross-entropies look for them.
    """

    name = "fuse activation into its convolution"
    guarantee = "bitwise"
    for_training = True

    def changes(self, graph: Graph) -> Iterator[Change]:
        for node in graph.plan.nodes:
            if not isinstance(node.op, Activation) or node.name in graph.plan.outputs:
                continue
            source = graph[node.inputs[0]]
            if not _is_plain(node.op) or not graph.only_use(source.name) or source.name in graph.shared:
                continue
            ended = _ended(source.op, node.op.name)
            if ended is not None:
                gone = (source.name, node.name)
                yield Change(gone, (replace(source, op=ended),), (node.name, source.name))


def _is_plain(activation: Activation) -> bool:
    return not activation.options and activation.name not in ALONG_CHANNELS


def _ended(op: Any, activation: str) -> Conv | MergedConv | None:
    """The convolution `op` with an activation; None where it has one, or is not a convolution."""
    if isinstance(op, MergedConv):
        conv = _ended(op.conv, activation)
        return replace(op, conv=conv) if isinstance(conv, Conv) else None
    return replace(op, activation=activation) if isinstance(op, Conv) and op.activation is None else None
