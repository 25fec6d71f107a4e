"""Attention of all positions to each other."""

from __future__ import annotations

from unetgen.emit.onnx.graph import NodeWriter, Numbers
from unetgen.emit.onnx.shapes import as_shape_of
from unetgen.plan.ops import PositionAttention, SelfAttention


def self_attention(op: SelfAttention, w: NodeWriter) -> str:
    """The four projections are convolutions of one tap; the scores of a head are products in between."""
    channels, dims = w.spec.channels, w.dims
    arrays = iter(w.weights)
    named = {
        name: (next(arrays), next(arrays) if op.use_bias else None)
        for name in ("query", "key", "value", "output")
    }
    flat = _flat(w, w.x, channels)
    heads = w.integers("heads", [0, op.num_heads, op.key_dim, -1])

    def projected(name: str) -> str:
        kernel, bias = named[name]
        return w.step("Reshape", _pointwise(w, flat, name, kernel.reshape(channels, -1), bias), heads)

    def rows(name: str) -> str:
        return w.step("Transpose", projected(name), perm=(0, 1, 3, 2))

    query = w.step("Mul", rows("query"), w.floats("scale", op.key_dim**-0.5))
    scores = w.step("Softmax", w.step("MatMul", query, projected("key")), axis=-1)
    attended = w.step("Transpose", w.step("MatMul", scores, rows("value")), perm=(0, 1, 3, 2))
    joined = w.step("Reshape", attended, w.integers("joined", [0, op.num_heads * op.key_dim, -1]))
    kernel, bias = named["output"]
    y = _pointwise(w, joined, "output", kernel.reshape(-1, channels), bias, end=dims == 1)
    return y if dims == 1 else as_shape_of(w, y, w.x, w.last)


def position_attention(op: PositionAttention, w: NodeWriter) -> str:
    """Channels first throughout, as its reading of rows as channels is."""
    query, key, value = (_flat(w, x, spec.channels) for x, spec in zip(w.inputs, w.specs, strict=True))
    rows = (w.step("Transpose", x, perm=(0, 2, 1)) for x in (query, value))
    query, value = rows
    scores = w.step("MatMul", query, key)
    weights = w.step("Softmax", w.step("Reshape", scores, w.integers("pairs", [0, -1])), axis=-1)
    if w.spec.free:
        weights = w.step("Reshape", weights, w.step("Shape", scores))
    else:
        positions = w.spec.positions
        weights = w.step("Reshape", weights, w.integers("scores", [0, positions, positions]))
    return as_shape_of(w, w.step("MatMul", weights, value), w.inputs[2], w.last)


def _flat(w: NodeWriter, x: str, channels: int) -> str:
    """`x` of ``(batch, channels, positions)``."""
    return w.step("Reshape", x, w.integers("flat", [0, channels, -1])) if w.dims > 1 else x


def _pointwise(
    w: NodeWriter, x: str, name: str, matrix: Numbers, bias: Numbers | None, end: bool = False
) -> str:
    """`x` of ``(batch, channels, positions)`` times `matrix` of ``(channels, filters)``."""
    constants = [w.weight(f"{name}_kernel", matrix.T[:, :, None])]
    if bias is not None:
        constants.append(w.weight(f"{name}_bias", bias.reshape(-1)))
    return (w.last if end else w.step)("Conv", x, *constants, kernel_shape=(1,))
