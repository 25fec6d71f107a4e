"""Convolutions with 3 taps an axis by Winograd's minimal filtering along one axis."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from unetgen.plan.graph import Node
from unetgen.plan.ops import Conv, MergedConv
from unetgen.rewrites.graph import Change, Graph
from unetgen.rewrites.rewrite import Rewrite


class Winograd(Rewrite):
    """Two neighbouring outputs take 4 multiplications instead of 6 (Lavin and Gray 2015, arXiv 1509.09308).

    For inference, along the first axis that allows it: the sums of inputs that it makes would be kept for a
    backward pass. Weights stay as they are. The same sums of products, but some that cancel are added
    first, so that errors are a few times those of another order of the sum; in 16 bits they would show. It
    pays for many channels. What it holds besides is about twice its input and output: it spends memory.
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
            if min(map(max, op.factors)) == 1 and (axis := _axis(node, op.conv)) is not None:
                faster = replace(node, op=replace(op, winograd=axis))
                yield Change((node.name,), (faster,), (node.name, node.name))


def _axis(node: Node, conv: Conv) -> int | None:
    """The first axis with 3 taps and pairs of outputs; None where there is none."""
    if max(*conv.strides, *conv.dilation, conv.groups) > 1:
        return None
    known = (axis for axis in range(node.spec.dims) if axis not in node.spec.free)
    return next((axis for axis in known if conv.kernel[axis] == 3 and node.spec.spatial[axis] % 2 == 0), None)
