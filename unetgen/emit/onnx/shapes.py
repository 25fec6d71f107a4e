"""Reshaping: to sizes of the plan, the batch left open."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from unetgen.emit.onnx.graph import NodeWriter

AS_GIVEN = 0
"""In the shape that ``Reshape`` is given: the input's size on that axis."""


def reshaped(w: NodeWriter, x: str, sizes: Sequence[int], end: Callable[..., str]) -> str:
    """`x` in the shape of a batch of `sizes`."""
    return end("Reshape", x, w.integers("shape", [AS_GIVEN, *sizes]))


def as_shape_of(w: NodeWriter, x: str, end: Callable[..., str]) -> str:
    """`x`, all of whose values are there, in the shape of the node's value."""
    return reshaped(w, x, w.spec.shape("channels_first"), end)
