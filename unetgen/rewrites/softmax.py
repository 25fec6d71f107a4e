"""The softmax of few channels, channel by channel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from unetgen.plan.ops import Activation
from unetgen.rewrites.graph import Change, Graph
from unetgen.rewrites.rewrite import Rewrite

MOST_CHANNELS = 6
"""Of 2 to 6 channels it took 0.36 to 0.65 of the time, of 12 as long (2 cores with AVX512, TensorFlow
2.21)."""


class SoftmaxByChannels(Rewrite):
    """Maxima and sums of whole channels instead of one position after another.

    The same sums, perhaps in another order. In outputs alone, which are in float32. Of a training step it
    is too small a part.
    """

    name = "softmax of few channels by channels"
    guarantee = "rounding"
    for_training = False

    def changes(self, graph: Graph) -> Iterator[Change]:
        for node in graph.plan.nodes:
            op = node.op
            if not isinstance(op, Activation) or op.name != "softmax" or op.by_channels:
                continue
            if node.name in graph.plan.outputs and 1 < node.spec.channels <= MOST_CHANNELS:
                changed = replace(node, op=replace(op, by_channels=True))
                yield Change((node.name,), (changed,), (node.name, node.name))
