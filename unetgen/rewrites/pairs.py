"""Convolutions and their gradients by pairs, for training."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from unetgen.plan.graph import Node
from unetgen.plan.ops import Conv, MergedConv
from unetgen.rewrites.graph import Change, Graph
from unetgen.rewrites.rewrite import Rewrite

MOST_SLABS = 16
"""In larger tensors a training step would hold too much: of the article's network at 160x160x16 0.88 times
what the same network by hand holds, where it is 0.48 times without (TensorFlow 2.21)."""
LEAST_SHARE = 0.05
"""Each slab is a hundred nodes more of a step's graph, which hold memory however little they save: 70 MiB
for 2 % of the work of the article's network at 160x160x16. Where pairs pay they save 8 %."""


class ConvolveByPairs(Rewrite):
    """All three passes of a training step take 4 multiplications instead of 6 (arXiv 1509.09308).

    Along the first axis that allows it: two outputs of 3 taps for the output and for the gradient of the
    input, and three taps of two outputs for that of the kernel. The backward pass keeps the input and the
    kernel, as before, and makes its sums anew. Errors are a few times those of another order of the sum; in
    16 bits they would show. Large tensors are left, and networks in which it would save little.
    """

    name = "convolutions and gradients by pairs"
    guarantee = "rounding"
    for_training = True
    for_inference = False
    spends_memory = True
    least_share = LEAST_SHARE
    needs_float32 = True

    def changes(self, graph: Graph) -> Iterator[Change]:
        for node in graph.plan.nodes:
            op = node.op
            if isinstance(op, Conv):
                op = MergedConv(op, ((1,) * node.spec.dims,))
            if not isinstance(op, MergedConv) or op.winograd is not None or op.paired is not None:
                continue
            if node.name in graph.shared or min(map(max, op.factors)) > 1:
                continue
            if (axis := _axis(node, op.conv)) is not None:
                paired = replace(op, paired=axis)
                if paired.slabs(graph.plan.input_specs(node)) <= MOST_SLABS:
                    yield Change((node.name,), (replace(node, op=paired),), (node.name, node.name))


def _axis(node: Node, conv: Conv) -> int | None:
    """The first axis with 3 taps and pairs of outputs; None where there is none, or zeros on one side."""
    if max(*conv.strides, *conv.dilation, conv.groups) > 1 or conv.padding != "same":
        return None
    if any(taps % 2 == 0 for taps in conv.kernel):
        return None
    known = (axis for axis in range(node.spec.dims) if axis not in node.spec.free)
    return next((axis for axis in known if conv.kernel[axis] == 3 and node.spec.spatial[axis] % 2 == 0), None)
