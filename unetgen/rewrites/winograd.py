"""Convolutions with 3 taps an axis by Winograd's minimal filtering along one axis."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from unetgen.plan.graph import Node
from unetgen.plan.ops import Conv, MergedConv
from unetgen.rewrites.graph import Change, Graph
from unetgen.rewrites.rewrite import Rewrite

MOST_SLABS = 8
"""In larger tensors what is held besides, and the graph of so many slabs, would cost more than the time is
worth: 140 MiB more where 318 are held, of the article's network at 160x160x16 (TensorFlow 2.21)."""


class Winograd(Rewrite):
    """4 neighbouring outputs take 6 multiplications instead of 12, where 4 divides the size.

    Or 2 take 4 instead of 6 (Winograd 1980; Lavin and Gray 2015, arXiv 1509.09308). For inference, along the
    first axis that allows it: the sums of inputs that it makes would be kept for a backward pass. Weights
    stay as they are. The same sums of products, but some that cancel are added first, so that errors are a
    few times those of another order of the sum; in 16 bits they would show. It pays for many channels. What
    it holds besides is bounded, as it goes slab by slab (`MergedConv.slabs`), and large tensors are left.
    """

    name = "minimal filtering along one axis"
    guarantee = "rounding"
    for_training = False
    spends_memory = True
    needs_float32 = True

    def changes(self, graph: Graph) -> Iterator[Change]:
        for node in graph.plan.nodes:
            op = node.op
            if isinstance(op, Conv):
                op = MergedConv(op, ((1,) * node.spec.dims,))
            if not isinstance(op, MergedConv) or op.winograd is not None or node.name in graph.shared:
                continue
            for outputs in (4, 2) if min(map(max, op.factors)) == 1 else ():
                if (axis := _axis(node, op.conv, outputs)) is not None:
                    filtered = replace(op, winograd=axis, winograd_outputs=outputs)
                    if filtered.slabs(graph.plan.input_specs(node)) <= MOST_SLABS:
                        yield Change((node.name,), (replace(node, op=filtered),), (node.name, node.name))


def _axis(node: Node, conv: Conv, outputs: int) -> int | None:
    """The first axis with 3 taps and groups of so many outputs; None where there is none."""
    if max(*conv.strides, *conv.dilation, conv.groups) > 1:
        return None
    known = (axis for axis in range(node.spec.dims) if axis not in node.spec.free)
    taps, sizes = conv.kernel, node.spec.spatial
    return next((axis for axis in known if taps[axis] == 3 and sizes[axis] % outputs == 0), None)
