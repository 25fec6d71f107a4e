"""Convolutions."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import ClassVar, Literal

from unetgen.plan.call import Call
from unetgen.plan.ops.base import APART, WHERE_SET, Axes, Op, Reach, Specs, Weight
from unetgen.plan.ops.pointwise import Activation
from unetgen.plan.ops.workspace import Kept, Workspace
from unetgen.plan.tensor import TensorSpec, sizes

Padding = Literal["same", "valid"]


@dataclass(frozen=True, slots=True)
class Conv(Op):
    """A convolution; ``same`` pads as TensorFlow does (the odd one after), ``valid`` not at all.

    With `groups` each of so many equal parts of the channels is convolved by itself; a depthwise
    convolution has as many groups as its input has channels.
    """

    filters: int
    kernel: Axes
    strides: Axes
    dilation: Axes
    padding: Padding = "same"
    use_bias: bool = True
    kernel_initializer: Call | None = field(default=None, metadata=APART)
    kernel_regularizer: Call | None = field(default=None, metadata=APART)
    groups: int = field(default=1, metadata=WHERE_SET)
    activation: str | None = field(default=None, metadata=WHERE_SET)
    """Keras's name of an activation without options that the convolution ends with; a rewrite sets it."""

    rounds_weights: ClassVar[bool] = True

    def words(self) -> str:
        stride = f" /{sizes(self.strides)}" if max(self.strides) > 1 else ""
        dilation = f" dilated {sizes(self.dilation)}" if max(self.dilation) > 1 else ""
        groups = f" in {self.groups} groups" if self.groups > 1 else ""
        activation = f", {self.activation}" if self.activation else ""
        return f"conv {sizes(self.kernel)}{stride}{dilation}{groups}{activation}"

    @property
    def kept(self) -> Kept:
        return Kept.BOTH if self.activation else Kept.INPUTS

    def workspace(self, inputs: Specs) -> Workspace:
        keeps_score = self.activation is not None and Activation(self.activation).kept is Kept.INPUTS
        return Workspace(
            score=self.infer(inputs).elements if keeps_score else 0,
            is_copied_for_xla=True,
            is_transposed_for_xla=True,
        )

    def infer(self, inputs: Specs) -> TensorSpec:
        (source,) = inputs
        spatial = source.spatial
        if self.padding == "same":
            out = tuple(-(-size // stride) for size, stride in zip(spatial, self.strides, strict=True))
        else:
            out = tuple(
                (size - self.extent(axis)) // stride + 1
                for axis, (size, stride) in enumerate(zip(spatial, self.strides, strict=True))
            )
        return source.of_sizes(out, self.filters)

    def broken_rules(self, inputs: Specs) -> Iterator[str]:
        if inputs[0].channels % self.groups or self.filters % self.groups:
            yield f"{self.groups} groups do not divide its channels"

    def extent(self, axis: int) -> int:
        """The kernel's reach on `axis`, dilation included."""
        return (self.kernel[axis] - 1) * self.dilation[axis] + 1

    def reach(self, axis: int, inputs: Specs) -> Reach:
        stride, extent = self.strides[axis], self.extent(axis)
        before = 0
        if self.padding == "same":
            size = inputs[0].spatial[axis]
            before = max((-(-size // stride) - 1) * stride + extent - size, 0) // 2
        return Reach(stride, first=-before, last=extent - 1 - before)

    def step(self, axis: int) -> int:
        return self.strides[axis]

    def weights(self, inputs: Specs) -> tuple[Weight, ...]:
        kernel = Weight("kernel", (*self.kernel, inputs[0].channels // self.groups, self.filters))
        return (kernel, Weight("bias", (self.filters,))) if self.use_bias else (kernel,)

    def macs(self, inputs: Specs) -> int:
        return self.infer(inputs).elements * (inputs[0].channels // self.groups) * math.prod(self.kernel)


@dataclass(frozen=True, slots=True)
class TransposedConv(Op):
    """A transposed convolution; ``same`` gives size * stride, ``valid`` (size - 1) * stride + kernel.

    With `groups` each of so many equal parts of the channels makes an equal part of the filters by itself.
    """

    filters: int
    kernel: Axes
    strides: Axes
    padding: Padding = "same"
    use_bias: bool = True
    kernel_initializer: Call | None = field(default=None, metadata=APART)
    kernel_regularizer: Call | None = field(default=None, metadata=APART)
    groups: int = field(default=1, metadata=WHERE_SET)

    kept = Kept.INPUTS
    rounds_weights: ClassVar[bool] = True

    def words(self) -> str:
        strides = f" ×{sizes(self.strides)}" if self.kernel != self.strides else ""
        groups = f" in {self.groups} groups" if self.groups > 1 else ""
        return f"transposed conv {sizes(self.kernel)}{strides}{groups}"

    def infer(self, inputs: Specs) -> TensorSpec:
        # Under ``valid`` Keras fills up to at least size * stride where the kernel is smaller than that.
        grow = (0,) * len(self.kernel)
        if self.padding == "valid":
            grow = tuple(max(k - s, 0) for k, s in zip(self.kernel, self.strides, strict=True))
        (source,) = inputs
        axes = zip(source.spatial, self.strides, grow, strict=True)
        return source.of_sizes(tuple(size * stride + more for size, stride, more in axes), self.filters)

    def broken_rules(self, inputs: Specs) -> Iterator[str]:
        if inputs[0].channels % self.groups or self.filters % self.groups:
            yield f"{self.groups} groups do not divide its channels"

    def reach(self, axis: int, inputs: Specs) -> Reach:
        stride, kernel = self.strides[axis], self.kernel[axis]
        before = max(kernel - stride, 0) // 2 if self.padding == "same" else 0
        return Reach(first=before - kernel + stride, last=before, divisor=stride)

    def step(self, axis: int) -> Fraction:
        return Fraction(1, self.strides[axis])

    def weights(self, inputs: Specs) -> tuple[Weight, ...]:
        kernel = Weight("kernel", (*self.kernel, self.filters // self.groups, inputs[0].channels))
        return (kernel, Weight("bias", (self.filters,))) if self.use_bias else (kernel,)

    def macs(self, inputs: Specs) -> int:
        # Counted at the input: each position is scattered kernel**n times.
        return inputs[0].elements * (self.filters // self.groups) * math.prod(self.kernel)
