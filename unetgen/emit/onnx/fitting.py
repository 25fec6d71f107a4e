"""Bringing a tensor to a size that the running graph alone knows: another tensor's, or a multiple."""

from __future__ import annotations

from unetgen.emit.onnx.graph import NodeWriter
from unetgen.emit.onnx.resampling import MODES, nearest
from unetgen.emit.onnx.shapes import sizes_of
from unetgen.plan.ops import CropLike, CropToMultiple, PadLike, PadToMultiple, ResizeLike


def resize_like(op: ResizeLike, w: NodeWriter) -> str:
    """As `resize`, to the size of the second input."""
    x, reference = w.inputs
    wanted = sizes_of(w, reference)
    if op.interpolation != "nearest":
        return w.last("Resize", x, "", "", wanted, axes=_axes(w), **MODES[op.interpolation])
    return nearest(w, x, sizes_of(w, x), wanted)


def crop_like(op: CropLike, w: NodeWriter) -> str:
    """``Slice`` of the middle."""
    given, *others = (sizes_of(w, each) for each in w.inputs)
    least = w.step("Min", given, *others)
    before = w.step("Div", w.step("Sub", given, least), w.integers("two", 2))
    return _sliced(w, w.inputs[0], before, w.step("Add", before, least))


def crop_to_multiple(op: CropToMultiple, w: NodeWriter) -> str:
    """``Slice`` of the beginning."""
    given = sizes_of(w, w.x)
    rest = w.step("Mod", given, w.integers("multiples", op.multiples))
    return _sliced(w, w.x, w.integers("starts", [0] * w.dims), w.step("Sub", given, rest))


def pad_like(op: PadLike, w: NodeWriter) -> str:
    """``Pad`` at the ends."""
    x, reference = w.inputs
    missing = w.step("Sub", sizes_of(w, reference), sizes_of(w, x))
    pads = w.step("Concat", w.integers("before", [0] * (w.dims + 4)), missing, axis=0)
    return w.last("Pad", x, pads, mode=op.mode)


def pad_to_multiple(op: PadToMultiple, w: NodeWriter) -> str:
    """``Pad`` on both sides."""
    missing = w.step("Mod", w.step("Neg", sizes_of(w, w.x)), w.integers("multiples", op.multiples))
    before = w.step("Div", missing, w.integers("two", 2))
    none = w.integers("none", [0, 0])
    pads = w.step("Concat", none, before, none, w.step("Sub", missing, before), axis=0)
    return w.last("Pad", w.x, pads, mode="constant")


def _sliced(w: NodeWriter, x: str, starts: str, ends: str) -> str:
    return w.last("Slice", x, starts, ends, w.integers("axes", _axes(w)))


def _axes(w: NodeWriter) -> tuple[int, ...]:
    return tuple(range(2, w.dims + 2))
