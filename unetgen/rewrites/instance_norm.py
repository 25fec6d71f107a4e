"""Instance normalization by the kernel of batch normalization."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from unetgen.plan.ops import Norm
from unetgen.rewrites.graph import Change, Graph
from unetgen.rewrites.rewrite import Rewrite


class FuseInstanceNorm(Rewrite):
    """What Keras computes in five passes over a tensor and more backwards, TensorFlow's kernel does in one.

    The statistics are taken in float32 or more, and so are the gradients'; they are the same sums in another
    order. Weights stay as they are. Of several samples the kernel takes transposed copies.
    """

    name = "instance normalization in one kernel"
    guarantee = "rounding"
    for_training = True

    def changes(self, graph: Graph) -> Iterator[Change]:
        for node in graph.plan.nodes:
            op = node.op
            if (
                isinstance(op, Norm)
                and op.method == "instance"
                and not op.fused
                and node.name not in graph.shared
            ):
                fused = replace(node, op=replace(op, fused=True))
                yield Change((node.name,), (fused,), (node.name, node.name))
