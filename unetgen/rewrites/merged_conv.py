"""Up-sampling, concatenation and the convolution after them as one `MergedConv`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from unetgen.plan.graph import Node
from unetgen.plan.ops import Concat, Conv, MergedConv, Upsample
from unetgen.plan.ops.base import Axes
from unetgen.rewrites.graph import Change, Graph
from unetgen.rewrites.rewrite import Rewrite


class _IntoConv(Rewrite):
    """A convolution of a concatenation becomes a sum of convolutions, nearest up-sampling a transposed one.

    The node keeps the convolution's name and weights, so that trained weights move unchanged, both ways.
    Exact for every padding; where something is up-sampled, strides and dilations have to be 1. Linear
    up-sampling is left: what its clamped edges add is not a convolution of the small tensor.
    """

    guarantee = "rounding"
    for_training = True
    takes_upsampling: ClassVar[bool]
    """Whether something that is convolved must be up-sampled, or nothing may."""

    def changes(self, graph: Graph) -> Iterator[Change]:
        for node in graph.plan.nodes:
            if type(node.op) is Conv and node.op.groups == 1 and node.name not in graph.shared:
                yield from self._at(graph, node, node.op)

    def _at(self, graph: Graph, node: Node, conv: Conv) -> Iterator[Change]:
        (source,) = (graph[name] for name in node.inputs)
        joined = list(source.inputs) if type(source.op) is Concat else [source.name]
        inputs: list[str] = []
        factors: list[Axes] = []
        for each in map(graph.__getitem__, joined):
            up = each.op
            is_up = type(up) is Upsample and up.interpolation == "nearest" and self._takes_up(conv)
            inputs.append(each.inputs[0] if is_up else each.name)
            factors.append(up.size if isinstance(up, Upsample) and is_up else (1,) * each.spec.dims)
        if inputs != [source.name] and (inputs != joined) == self.takes_upsampling:
            merged = replace(node, op=MergedConv(conv, tuple(factors)), inputs=tuple(inputs))
            yield Change((node.name,), (merged,), (node.name, node.name))

    @staticmethod
    def _takes_up(conv: Conv) -> bool:
        return max(*conv.strides, *conv.dilation) == 1


class MergeUpsampling(_IntoConv):
    """Neither the up-sampled tensor nor a concatenation with it is made; most of the work on copies goes."""

    name = "merge up-sampling and concatenation into the convolution"
    takes_upsampling = True


class SplitConcatenation(_IntoConv):
    """The same sum where nothing is up-sampled: no concatenation is made, nor kept for the backward pass.

    In Keras for training only, where it is 10 to 20 % faster, and a prediction up to 15 % slower (one level,
    64 to 512 channels in 2D and 32 to 256 in 3D, 2 cores, TensorFlow 2.21). OpenVINO adds within the second
    convolution: a prediction takes 0.97 to 1.00 of the time (2D, 8 to 1024 channels, OpenVINO 2026.4).
    """

    name = "split the convolution of a concatenation"
    for_inference = False
    takes_upsampling = False
