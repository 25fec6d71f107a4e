"""Self-attention of all positions."""

from __future__ import annotations

from unetgen.emit.onnx.graph import NodeWriter, Numbers
from unetgen.emit.onnx.shapes import as_shape_of_input
from unetgen.plan.ops import SelfAttention


def self_attention(op: SelfAttention, w: NodeWriter) -> str:
    """The four projections are convolutions of one tap; the scores of a head are products in between."""
    channels, dims = w.spec.channels, w.dims
    arrays = iter(w.weights)
    named = {
        name: (next(arrays), next(arrays) if op.use_bias else None)
        for name in ("query", "key", "value", "output")
    }
    flat = w.step("Reshape", w.x, w.integers("flat", [0, channels, -1])) if dims > 1 else w.x
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
    return y if dims == 1 else as_shape_of_input(w, y, w.last)


def _pointwise(
    w: NodeWriter, x: str, name: str, matrix: Numbers, bias: Numbers | None, end: bool = False
) -> str:
    """`x` of ``(batch, channels, positions)`` times `matrix` of ``(channels, filters)``."""
    constants = [w.weight(f"{name}_kernel", matrix.T[:, :, None])]
    if bias is not None:
        constants.append(w.weight(f"{name}_bias", bias.reshape(-1)))
    return (w.last if end else w.step)("Conv", x, *constants, kernel_shape=(1,))
