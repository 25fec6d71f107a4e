"""Sizes that the graph works out as it runs, and reshaping; the batch is left open, and free axes are."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from unetgen.emit.onnx.graph import NodeWriter

AS_GIVEN = 0
"""In the shape that ``Reshape`` is given: the input's size on that axis."""


def sizes_of(w: NodeWriter, x: str) -> str:
    """The spatial sizes of `x`, a tensor of one number for each axis."""
    return w.step("Shape", x, start=2)


def reshaped(w: NodeWriter, x: str, sizes: Sequence[int], behind: str, end: Callable[..., str]) -> str:
    """`x` in the shape of a batch of `sizes`, and then of those in the tensor `behind`."""
    shape = w.step("Concat", w.integers("shape", [AS_GIVEN, *sizes]), behind, axis=0)
    return end("Reshape", x, shape)


def as_shape_of(w: NodeWriter, x: str, like: str, end: Callable[..., str]) -> str:
    """`x` in the shape of the node's input `like`, which is that of its value."""
    if w.spec.free:
        return end("Reshape", x, w.step("Shape", like))
    return end("Reshape", x, w.integers("shape", [AS_GIVEN, *w.spec.shape("channels_first")]))


def spatial_sizes(w: NodeWriter) -> str:
    """Those of the node's only input: constants, where the plan knows them all."""
    return sizes_of(w, w.x) if w.specs[0].free else w.integers("sizes", w.specs[0].spatial)


def scalar(w: NodeWriter, sizes: str, axis: int) -> str:
    """The size on one axis, out of a tensor of them."""
    return w.step("Gather", sizes, w.integers("axis", axis), axis=0)
