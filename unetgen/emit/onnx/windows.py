"""Window: how a convolution or a pooling steps over its input, and what it pads."""

from __future__ import annotations

from dataclasses import dataclass

from unetgen.emit.onnx.graph import NodeWriter, Pads, Value, both_ends
from unetgen.emit.onnx.shapes import sizes_of
from unetgen.plan.ops import Conv, Pool
from unetgen.plan.ops.base import Axes
from unetgen.plan.tensor import TensorSpec


@dataclass(frozen=True)
class Window:
    """Positions from the first to the last that one output sees, and the steps between outputs, on each axis.

    With `is_same` the input is padded as TensorFlow does: so that there are ``ceil(size / stride)`` outputs,
    the odd position after.
    """

    extents: Axes
    strides: Axes
    is_same: bool

    @staticmethod
    def of(op: Conv | Pool) -> Window:
        """That of `op`."""
        if isinstance(op, Pool):
            return Window(op.size, op.strides or op.size, op.padding == "same")
        extents = tuple(map(op.extent, range(len(op.kernel))))
        return Window(extents, op.strides, op.padding == "same")

    def depends_on_size(self, source: TensorSpec) -> bool:
        """Whether the running graph alone knows how much is padded."""
        return self.is_same and any(self.strides[axis] > 1 and self.extents[axis] > 1 for axis in source.free)

    def padding(self, source: TensorSpec, before: Pads = ()) -> dict[str, Value]:
        """The attributes that pad `source`, after the zeros that `before` adds."""
        if self.depends_on_size(source):
            return {"auto_pad": "SAME_UPPER"}
        pads = self._pads(source.spatial) if self.is_same else ((0, 0),) * source.dims
        if before:
            pairs = zip(pads, before, strict=True)
            pads = tuple((mine[0] + more[0], mine[1] + more[1]) for mine, more in pairs)
        return {"pads": both_ends(pads)}

    def _pads(self, spatial: Axes) -> Pads:
        axes = zip(spatial, self.extents, self.strides, strict=True)
        return tuple(halves(max((-(-n // step) - 1) * step + extent - n, 0)) for n, extent, step in axes)

    def trimmed(self, w: NodeWriter, x: str, source: TensorSpec) -> str:
        """`x` without the positions behind the last window.

        Runtimes make a negative padding of them under ``SAME_UPPER``, and refuse that.
        """
        steps = zip(self.strides, self.extents, strict=True)
        if not self.depends_on_size(source) or all(step <= extent for step, extent in steps):
            return x
        sizes, one = sizes_of(w, x), w.integers("one", 1)
        strides, extents = w.integers("strides", self.strides), w.integers("extents", self.extents)
        last = w.step("Mul", w.step("Div", w.step("Sub", sizes, one), strides), strides)  # its first position
        ends = w.step("Min", sizes, w.step("Add", last, extents))
        starts, axes = w.integers("starts", [0] * source.dims), w.integers("axes", range(2, source.dims + 2))
        return w.step("Slice", x, starts, ends, axes)


def halves(total: int) -> tuple[int, int]:
    """`total` positions before and after, the odd one after.

    >>> halves(3)
    (1, 2)
    """
    return total // 2, total - total // 2
