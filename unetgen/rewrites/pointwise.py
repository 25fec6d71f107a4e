"""A 1x1 convolution before up-sampling instead of after it: of fewer positions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from unetgen.plan.ops import Conv, Resize, Upsample
from unetgen.plan.ops.resample import Interpolation
from unetgen.rewrites.graph import Change, Graph
from unetgen.rewrites.rewrite import Rewrite


class _PointwiseFirst(Rewrite):
    """Kernel 1, strides 1, no groups; the convolution must be all that uses the larger tensor.

    Such a convolution maps each position by itself, by the same affine map. To rounding, since libraries
    choose the order of a sum by the tensor's size, and sums of gradients are made in another order.
    """

    guarantee = "rounding"
    for_training = True
    interpolations: ClassVar[tuple[Interpolation, ...]]

    def changes(self, graph: Graph) -> Iterator[Change]:
        for node in graph.plan.nodes:
            if not isinstance(node.op, Conv) or node.name in graph.shared or node.name in graph.plan.outputs:
                continue
            up = graph[node.inputs[0]]
            if not isinstance(up.op, Upsample | Resize) or up.op.interpolation not in self.interpolations:
                continue
            if self._takes(node.op) and graph.only_use(up.name):
                small = replace(graph[up.inputs[0]].spec, channels=node.op.filters)
                before = replace(node, inputs=up.inputs, spec=small)
                after = replace(up, inputs=(node.name,), spec=node.spec)
                yield Change((up.name, node.name), (before, after), (node.name, up.name))

    def _takes(self, conv: Conv) -> bool:
        return max(*conv.kernel, *conv.strides, conv.groups) == 1


class PointwiseBeforeNearest(_PointwiseFirst):
    """Nearest up-sampling copies values, so that an activation of the convolution may go with it."""

    name = "1x1 convolution before nearest up-sampling"
    interpolations = ("nearest",)


class PointwiseBeforeLinear(_PointwiseFirst):
    """Linear up-sampling averages values, by weights whose sum is 1, as the bias needs it."""

    name = "1x1 convolution before linear up-sampling"
    interpolations = ("linear", "linear_align_corners")

    def _takes(self, conv: Conv) -> bool:
        return conv.activation is None and super()._takes(conv)
