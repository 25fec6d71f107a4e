"""Pooling into a given number of bins."""

from __future__ import annotations

import numpy as np

from unetgen.emit.onnx.graph import NodeWriter, Numbers
from unetgen.emit.onnx.shapes import scalar, sizes_of
from unetgen.plan.ops import AdaptivePool


def adaptive_pool(op: AdaptivePool, w: NodeWriter) -> str:
    """``AveragePool`` where the bins divide the sizes; else a product with a matrix on each axis.

    Each axis is brought behind the others and averaged there: after all of them the order is what it was.
    """
    (source,) = w.specs
    windows = tuple(size // bins for size, bins in zip(source.spatial, op.bins, strict=True))
    if not source.free and all(n % bins == 0 for n, bins in zip(source.spatial, op.bins, strict=True)):
        return w.last("AveragePool", w.x, kernel_shape=windows, strides=windows)
    x, behind = w.x, (0, 1, *range(3, w.dims + 2), 2)
    sizes = sizes_of(w, w.x) if source.free else ""
    for axis, bins in enumerate(op.bins):
        moved = w.step("Transpose", x, perm=behind) if w.dims > 1 else x
        if axis in source.free:
            shares = _shares(w, scalar(w, sizes, axis), bins)
        else:
            shares = w.floats("shares", bin_shares(source.spatial[axis], bins))
        x = (w.last if axis == w.dims - 1 else w.step)("MatMul", moved, shares)
    return x


def bin_shares(size: int, bins: int) -> Numbers:
    """The share of each of `size` positions in each of `bins` averages, ``(size, bins)``.

    >>> bin_shares(3, 2).tolist()
    [[0.5, 0.0], [0.5, 0.5], [0.0, 0.5]]
    """
    number = np.arange(bins)
    first, end = number * size // bins, -(-(number + 1) * size // bins)
    place = np.arange(size)[:, None]
    return np.asarray(((place >= first) & (place < end)) / (end - first))


def _shares(w: NodeWriter, size: str, bins: int) -> str:
    """`bin_shares` of a size that the graph alone knows."""
    number, many = np.arange(bins), w.integers("bins", bins)
    first = w.step("Div", w.step("Mul", w.integers("number", number), size), many)
    beyond = w.step("Mul", w.integers("next", number + 1), size)
    end = w.step("Div", w.step("Add", beyond, w.integers("rest", bins - 1)), many)
    places = w.step("Range", w.integers("zero", 0), size, w.integers("one", 1))
    place = w.step("Unsqueeze", places, w.integers("axis", [1]))
    inside = w.step("And", w.step("GreaterOrEqual", place, first), w.step("Less", place, end))
    counted = w.step("Where", inside, w.floats("counts", 1.0), w.floats("not", 0.0))
    return w.step("Div", counted, w.step("ReduceSum", counted, w.integers("positions", [0]), keepdims=1))
