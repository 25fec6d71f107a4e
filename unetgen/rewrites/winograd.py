"""Convolutions with 3 taps an axis by Winograd's minimal filtering along one axis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from unetgen.plan.graph import Node
from unetgen.plan.ops import Conv, MergedConv
from unetgen.rewrites.graph import Change, Graph
from unetgen.rewrites.rewrite import Rewrite

MOST_SLABS = 16
"""Of an output that is not written over its input. In larger ones the sums and products beside it cost more
memory than the time is worth: with 24 slabs nnU-Net's network at 128x128x96 held 1.28 times as much, and
took 0.94 times the time (TensorFlow 2.21)."""


class Winograd(Rewrite):
    """4 neighbouring outputs take 6 multiplications instead of 12, where 4 divides the size.

    Or 2 take 4 instead of 6 (Winograd 1980; Lavin and Gray 2015, arXiv 1509.09308). For inference, along the
    first axis that allows it: the sums of inputs that it makes would be kept for a backward pass. Weights
    stay as they are. The same sums of products, but some that cancel are added first, so that errors are a
    few times those of another order of the sum; in 16 bits they would show. It pays for many channels. What
    it holds besides is bounded, as it goes slab by slab (`MergedConv.slabs`), and the output is written over
    an input of its shape that nothing needs afterwards.
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
                    filtered = replace(filtered, is_over_input=_can_be_over_input(graph, node, filtered))
                    slabs = filtered.slabs(graph.plan.input_specs(node))
                    if filtered.is_over_input or slabs <= MOST_SLABS:
                        yield Change((node.name,), (replace(node, op=filtered),), (node.name, node.name))


def _axis(node: Node, conv: Conv, outputs: int) -> int | None:
    """The first axis with 3 taps and groups of so many outputs; None where there is none."""
    if max(*conv.strides, *conv.dilation, conv.groups) > 1:
        return None
    known = (axis for axis in range(node.spec.dims) if axis not in node.spec.free)
    taps, sizes = conv.kernel, node.spec.spatial
    return next((axis for axis in known if taps[axis] == 3 and sizes[axis] % outputs == 0), None)


def _can_be_over_input(graph: Graph, node: Node, op: MergedConv) -> bool:
    """Whether the one input that is not up-sampled has the output's shape, and nothing needs it afterwards.

    What else uses it must have been computed before: another input is made of it.
    """
    ups = [name for name, factors in zip(node.inputs, op.factors, strict=True) if max(factors) > 1]
    plain = [name for name in node.inputs if name not in ups]
    if len(plain) != 1 or op.terms_in_slabs(graph.plan.input_specs(node)) < len(ups):
        return False
    (name,) = plain
    is_free = name not in (graph.plan.input.name, *graph.plan.outputs)
    if not is_free or op.conv.padding != "same" or graph[name].spec != node.spec:
        return False
    users = {each.name for each in graph.plan.nodes if name in each.inputs} - {node.name}
    return users <= _before(graph, ups)


def _before(graph: Graph, names: Sequence[str]) -> set[str]:
    """These nodes and all that they are made of."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += graph[name].inputs
    return found
