"""Pooling: operations that make one value of many positions, and have no weights."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from unetgen.plan.ops.base import WHERE_SET, Axes, Op, Reach, Specs, everywhere
from unetgen.plan.ops.workspace import Kept, Workspace
from unetgen.plan.tensor import TensorSpec, sizes


@dataclass(frozen=True, slots=True)
class Pool(Op):
    """Pooling over windows of `size`; by default they do not overlap, and what is left over is dropped.

    ``same`` pads as TensorFlow does, with values that do not count: with strides equal to the size that is
    PyTorch's ``ceil_mode`` where at most one position is missing on an axis.
    """

    reduction: Literal["max", "average"]
    size: Axes
    strides: Axes | None = field(default=None, metadata=WHERE_SET)
    """None: the size."""
    padding: Literal["same", "valid"] = field(default="valid", metadata=WHERE_SET)

    def words(self) -> str:
        stride = f" /{sizes(self.strides)}" if self.strides and self.strides != self.size else ""
        return f"{self.reduction} pool {sizes(self.size)}{stride}"

    @property
    def kept(self) -> Kept:
        return Kept.BOTH if self.reduction == "max" else Kept.NOTHING

    def workspace(self, inputs: Specs) -> Workspace:
        # oneDNN notes where each maximum was.
        mask = self.infer(inputs).elements if self.reduction == "max" else 0
        return Workspace(mask=mask, is_copied_for_xla=True)

    def infer(self, inputs: Specs) -> TensorSpec:
        (source,) = inputs
        return source.of_sizes(tuple(map(self._count, source.spatial, self.size, self.strides or self.size)))

    def _count(self, size: int, window: int, stride: int) -> int:
        return -(-size // stride) if self.padding == "same" else (size - window) // stride + 1

    def reach(self, axis: int, inputs: Specs) -> Reach:
        window, stride = self.size[axis], self.step(axis)
        before = 0
        if self.padding == "same":
            size = inputs[0].spatial[axis]
            before = max((-(-size // stride) - 1) * stride + window - size, 0) // 2
        return Reach(stride, first=-before, last=window - 1 - before)

    def step(self, axis: int) -> int:
        return (self.strides or self.size)[axis]


@dataclass(frozen=True, slots=True)
class GlobalPool(Op):
    """The average or the maximum over all positions; every spatial size becomes 1."""

    reduction: Literal["max", "average"] = "average"

    def words(self) -> str:
        return f"global {self.reduction} pool"

    @property
    def kept(self) -> Kept:
        return Kept.BOTH if self.reduction == "max" else Kept.NOTHING

    def infer(self, inputs: Specs) -> TensorSpec:
        (source,) = inputs
        return TensorSpec((1,) * source.dims, source.channels)

    def reach(self, axis: int, inputs: Specs) -> Reach:
        return everywhere(axis, inputs)


@dataclass(frozen=True, slots=True)
class AdaptivePool(Op):
    """The averages over so many bins an axis, whatever its size, as PyTorch's and Keras's adaptive pooling.

    Of n positions, bin i of b has those from floor(i * n / b) up to ceil((i + 1) * n / b): neighbours overlap
    where b does not divide n, and share positions where there are more bins than positions.
    """

    bins: Axes

    def words(self) -> str:
        return f"average pool into {sizes(self.bins)}"

    def infer(self, inputs: Specs) -> TensorSpec:
        return TensorSpec(self.bins, inputs[0].channels)

    def reach(self, axis: int, inputs: Specs) -> Reach:
        size = inputs[0].spatial[axis]
        return Reach(size, last=size - 1, divisor=self.bins[axis])

    def step(self, axis: int) -> None:
        return None


@dataclass(frozen=True, slots=True)
class BlurPool(Op):
    """Every `strides`-th position of a binomial blur against aliasing (Zhang 2019, arXiv 1904.11486).

    The blur of `taps` positions an axis is depthwise and has no weights; the edges are reflected,
    (taps - 1) // 2 positions before and the rest after.
    """

    strides: Axes
    taps: int = 3

    def words(self) -> str:
        return f"blur pool {sizes(self.strides)}"

    def infer(self, inputs: Specs) -> TensorSpec:
        (source,) = inputs
        spatial = tuple(-(-n // stride) for n, stride in zip(source.spatial, self.strides, strict=True))
        return source.of_sizes(spatial)

    def reach(self, axis: int, inputs: Specs) -> Reach:
        stride = self.strides[axis]
        if stride == 1:
            return Reach()
        before = (self.taps - 1) // 2
        return Reach(stride, first=-before, last=self.taps - 1 - before)

    def step(self, axis: int) -> int:
        return self.strides[axis]
