"""Batch normalization and per-channel factors as part of the convolution before or after them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from unetgen.plan.graph import Node
from unetgen.plan.ops import Conv, Crop, MergedConv, Norm, Resize, Scale, TransposedConv, Upsample
from unetgen.rewrites.graph import Arrays, Change, Graph
from unetgen.rewrites.rewrite import Rewrite

_PASSING = (Crop, Upsample, Resize)
"""Ops after which a map of each channel gives what it gives before: values are picked or averaged."""
_CONVOLUTIONS = (Conv, TransposedConv, MergedConv)


class FoldBatchNorm(Rewrite):
    """For inference: there batch normalization is ``scale * x + shift`` for each channel.

    With the moving statistics, ``scale = gamma / sqrt(variance + epsilon)`` and
    ``shift = beta - scale * mean`` (Ioffe and Szegedy 2015, arXiv 1502.03167, algorithm 2, line 11). After a
    convolution it goes into the kernel's filters and the bias. Before one it goes into the kernel's input
    channels and the bias, unless zeros are padded in between: those would have to become what normalizes to
    zero. A `Scale` has no shift.
    """

    name = "fold batch normalization into the convolution"
    guarantee = "rounding"
    for_training = False

    def changes(self, graph: Graph) -> Iterator[Change]:
        for node in graph.plan.nodes:
            if not _is_map(node) or node.name in graph.shared or node.name in graph.plan.outputs:
                continue
            way = _way_from_convolution(graph, node)
            if way:
                yield _into_filters(way, node)
            elif (after := _convolution_after(graph, node)) is not None:
                yield _into_inputs(node, after)


def _is_map(node: Node) -> bool:
    """Whether, outside of training, the node maps each channel by itself, by a factor and an offset."""
    return type(node.op) is Scale or (type(node.op) is Norm and node.op.method == "batch")


def _way_from_convolution(graph: Graph, node: Node) -> list[Node]:
    """The convolution whose values reach `node` alone, then what they pass; empty where there is none."""
    way = [graph[node.inputs[0]]]
    while type(way[0].op) in _PASSING and graph.only_use(way[0].name):
        way.insert(0, graph[way[0].inputs[0]])
    return way if _can_take(graph, way[0]) and graph.only_use(way[0].name) else []


def _convolution_after(graph: Graph, node: Node) -> Node | None:
    """The convolution that alone uses the values of `node`, and pads nothing that would need the offset."""
    if not graph.only_use(node.name):
        return None
    (user,) = (other for other in graph.plan.nodes if node.name in other.inputs)
    if type(user.op) is not Conv or user.name in graph.shared:
        return None
    pads = user.op.padding == "same" and max(user.op.kernel) > 1
    return None if pads and type(node.op) is Norm else user


def _can_take(graph: Graph, node: Node) -> bool:
    conv = node.op.conv if isinstance(node.op, MergedConv) else node.op
    ends = isinstance(conv, Conv) and conv.activation is not None
    return type(node.op) in _CONVOLUTIONS and not ends and node.name not in graph.shared


def _with_bias(op: Any) -> Any:
    """`op`, a convolution, with a bias."""
    if isinstance(op, MergedConv):
        return replace(op, conv=_with_bias(op.conv))
    return replace(op, use_bias=True)


def _into_filters(way: Sequence[Node], node: Node) -> Change:
    """`node`, a map of channels, becomes part of the convolution where `way` to it begins."""
    convolution, *between = way
    op = convolution.op

    def carry(arrays: Arrays) -> Arrays:
        kernel, bias = _in_float64(arrays[convolution.name])
        scale, shift = _scale_and_shift(node.op, arrays[node.name])
        factors = _by_channel(scale, op, kernel.shape[-1]) if isinstance(op, TransposedConv) else scale
        both = [kernel * factors, bias * scale + shift]
        return {convolution.name: _as_given(both, arrays[convolution.name])}

    folded = replace(convolution, op=_with_bias(op))
    gone = (*(each.name for each in way), node.name)
    return Change(gone, (folded, *between), (node.name, way[-1].name), carry)


def _into_inputs(node: Node, convolution: Node) -> Change:
    """`node`, a map of channels, becomes part of the convolution after it."""
    op = convolution.op
    assert isinstance(op, Conv)
    use_bias = op.use_bias or type(node.op) is Norm

    def carry(arrays: Arrays) -> Arrays:
        kernel, bias = _in_float64(arrays[convolution.name])
        scale, shift = (_by_filter(each, op) for each in _scale_and_shift(node.op, arrays[node.name]))
        both = [kernel * scale, bias + (kernel * shift).sum(axis=tuple(range(kernel.ndim - 1)))]
        return {convolution.name: _as_given(both[: 1 + use_bias], arrays[convolution.name])}

    folded = replace(convolution, op=replace(op, use_bias=use_bias), inputs=node.inputs)
    return Change((node.name, convolution.name), (folded,), (convolution.name, convolution.name), carry)


def _by_filter(values: Any, conv: Conv) -> Any:
    """The values, given per channel, of the channels that each filter reads: its group's, times filters."""
    import numpy as np

    return np.repeat(values.reshape(conv.groups, -1), conv.filters // conv.groups, axis=0).T


def _by_channel(values: Any, conv: TransposedConv, channels: int) -> Any:
    """The values, given per filter, of the filters that each channel goes to: its group's, times channels.

    Keras has the filters of a transposed convolution before its input's channels.
    """
    import numpy as np

    return np.repeat(values.reshape(conv.groups, -1), channels // conv.groups, axis=0).T


def _scale_and_shift(op: Any, arrays: Sequence[Any]) -> tuple[Any, Any]:
    """What the normalization or `Scale` with these weights multiplies by, and then adds."""
    import numpy as np

    held = [np.asarray(each, np.float64) for each in arrays]
    if isinstance(op, Scale):
        return held[0], np.zeros_like(held[0])
    *learned, mean, variance = held
    gamma = learned.pop(0) if op.scales else 1.0
    beta = learned.pop(0) if op.centers else 0.0
    scale = gamma / np.sqrt(variance + op.epsilon)
    return scale, beta - scale * mean


def _in_float64(arrays: Sequence[Any]) -> tuple[Any, Any]:
    """Kernel and bias of a convolution; a bias of 0 where it has none."""
    import numpy as np

    kernel, *bias = (np.asarray(each, np.float64) for each in arrays)
    return kernel, bias[0] if bias else np.zeros(())


def _as_given(arrays: Sequence[Any], given: Sequence[Any]) -> list[Any]:
    return [array.astype(given[0].dtype) for array in arrays]
