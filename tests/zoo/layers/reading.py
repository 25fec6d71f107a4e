"""A plan, told in the words of `vocabulary`: one row for each op that the described networks have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.zoo.layers.vocabulary import Axes, Layer, conv_words, listing, times, up_conv_words, zeros
from unetgen.plan import ops
from unetgen.plan.graph import Node, Plan


def conv(op: ops.Conv, given: Axes, made: Axes) -> str:
    assert op.groups == 1
    axes = zip(given, op.kernel, op.strides, op.dilation, strict=True)
    padding = [zeros(*axis) if op.padding == "same" else (0, 0) for axis in axes]
    return conv_words(op.filters, op.kernel, op.strides, op.dilation, padding, op.use_bias)


def transposed_conv(op: ops.TransposedConv, given: Axes, made: Axes) -> str:
    axes = zip(given, op.kernel, op.strides, made, strict=True)
    cut = [(n - 1) * stride + kernel - out for n, kernel, stride, out in axes]
    return up_conv_words(op.filters, op.kernel, op.strides, cut, op.use_bias)


def pool(op: ops.Pool, given: Axes, made: Axes) -> str:
    assert op.strides in (None, op.size)
    return f"{op.reduction} pool {times(op.size)}" + (" rounded up" if op.padding == "same" else "")


def resampling(op: ops.Upsample | ops.Resize, given: Axes, made: Axes) -> str:
    """Both put the centres of positions in the same place, so only the sizes count."""
    factors = [out / n for n, out in zip(given, made, strict=True)]
    return f"up {op.interpolation} " + "x".join(f"{factor:g}" for factor in factors)


def crop(op: ops.Crop, given: Axes, made: Axes) -> str:
    return "crop " + " ".join(f"{before}+{after}" for before, after in op.amounts)


def norm(op: ops.Norm, given: Axes, made: Axes) -> str:
    assert op.groups is None
    words = f"{op.method} norm {op.epsilon:g}" + (f" {op.momentum:g}" if op.momentum is not None else "")
    return words + ("" if op.affine else " without scale and offset")


def activation(op: ops.Activation, given: Axes, made: Axes) -> str:
    return " ".join([op.name, *(f"{name}={value:g}" for name, value in op.options.items())])


def dropout(op: ops.Dropout, given: Axes, made: Axes) -> str:
    return f"dropout {op.rate:g}" + (" of channels" if op.spatial else "")


WORDS: dict[type[ops.Op], Callable[[Any, Axes, Axes], str]] = {
    ops.Input: lambda op, given, made: "image",
    ops.Conv: conv,
    ops.TransposedConv: transposed_conv,
    ops.Pool: pool,
    ops.Upsample: resampling,
    ops.Resize: resampling,
    ops.Crop: crop,
    ops.Norm: norm,
    ops.Activation: activation,
    ops.PRelu: lambda op, given, made: f"prelu {op.shared} {op.initial_slope:g}",
    ops.Dropout: dropout,
    ops.Concat: lambda op, given, made: "concat",
    ops.Add: lambda op, given, made: "add",
    ops.Multiply: lambda op, given, made: "multiply",
}


def read(plan: Plan) -> list[str]:
    """The listing of a plan, of all its nodes."""
    layers: dict[str, Layer] = {}
    for node in plan.nodes:
        layers[node.name] = _layer(node, layers)
    lines = listing(*(layers[name] for name in plan.outputs))
    assert len(lines) == len(plan.nodes) + 1, "some nodes lead to no output"
    return lines


def _layer(node: Node, before: dict[str, Layer]) -> Layer:
    inputs = tuple(before[name] for name in node.inputs)
    given = inputs[0].spatial if inputs else ()
    words = WORDS[type(node.op)](node.op, given, node.spec.spatial)
    owner = before[node.weights_of] if node.weights_of else None
    return Layer(words, inputs, node.spec.spatial, node.spec.channels, owner)
