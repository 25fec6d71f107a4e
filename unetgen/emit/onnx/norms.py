"""Normalizations and factors per channel."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from unetgen.emit.onnx.graph import NodeWriter
from unetgen.emit.onnx.shapes import as_shape_of
from unetgen.plan.ops import Norm, Scale, UnitNorm


def norm(op: Norm, w: NodeWriter) -> str:
    """The normalization by its method."""
    return _METHODS[op.method](op, w)


def scale(op: Scale, w: NodeWriter) -> str:
    """``Mul``."""
    return w.last("Mul", w.x, w.per_channel("scale", w.weights[0]))


def unit_norm(op: UnitNorm, w: NodeWriter) -> str:
    """Divided by ``ReduceL2``, as Keras and PyTorch bound it."""
    length = w.step("ReduceL2", w.x, w.integers("axes", [1]), keepdims=1)
    return w.last("Div", w.x, w.step("Max", length, w.floats("least", 1e-12)))


def _batch(op: Norm, w: NodeWriter) -> str:
    *learned, mean, variance = w.weights
    gamma = learned.pop(0) if op.scales else np.ones_like(mean)
    beta = learned.pop(0) if op.centers else np.zeros_like(mean)
    named = {"gamma": gamma, "beta": beta, "moving_mean": mean, "moving_variance": variance}
    constants = [w.weight(name, array) for name, array in named.items()]
    return w.last("BatchNormalization", w.x, *constants, epsilon=op.epsilon)


def _instance(op: Norm, w: NodeWriter) -> str:
    channels = w.spec.channels
    gamma, beta = w.weights or (np.ones(channels), np.zeros(channels))
    constants = w.weight("gamma", gamma), w.weight("beta", beta)
    return w.last("InstanceNormalization", w.x, *constants, epsilon=op.epsilon)


def _group(op: Norm, w: NodeWriter) -> str:
    """An instance normalization of each group as one channel: every runtime has a kernel for that.

    Opset 21's ``GroupNormalization`` is refused by older runtimes, and hides the shapes behind it.
    """
    groups = op.groups or 1
    rows = w.step("Reshape", w.x, w.integers("rows", [0, groups, -1]))
    ones, zeros = w.floats("ones", np.ones(groups)), w.floats("zeros", np.zeros(groups))
    y = w.step("InstanceNormalization", rows, ones, zeros, epsilon=op.epsilon)
    if not op.affine:
        return as_shape_of(w, y, w.x, w.last)
    gamma, beta = w.weights
    y = w.step("Mul", as_shape_of(w, y, w.x, w.step), w.per_channel("gamma", gamma))
    return w.last("Add", y, w.per_channel("beta", beta))


def _layer(op: Norm, w: NodeWriter) -> str:
    """Over the channels, which stand last for that."""
    channels = w.spec.channels
    gamma, beta = w.weights or (np.ones(channels), np.zeros(channels))
    spatial = tuple(range(2, w.dims + 2))
    rows = w.step("Transpose", w.x, perm=(0, *spatial, 1))
    constants = w.weight("gamma", gamma), w.weight("beta", beta)
    y = w.step("LayerNormalization", rows, *constants, axis=-1, epsilon=op.epsilon)
    return w.last("Transpose", y, perm=(0, w.dims + 1, *range(1, w.dims + 1)))


_METHODS: Mapping[str, Callable[[Norm, NodeWriter], str]] = {
    "batch": _batch,
    "instance": _instance,
    "group": _group,
    "layer": _layer,
}
