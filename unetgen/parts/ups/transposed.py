"""Up-sampling by a transposed convolution."""

from __future__ import annotations

from typing import Literal

from unetgen.errors import Wrong
from unetgen.parts.part import Part
from unetgen.parts.recipe import Step
from unetgen.parts.ups.up import FilterPolicy, UpConvField, filters_by, finish
from unetgen.parts.values import PerAxis, per_axis
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import TransposedConv
from unetgen.plan.ops.base import Axes


class TransposedUp(Part):
    """A transposed convolution ("up-convolution"), as in the U-Net of 2015 (arXiv 1505.04597)."""

    kind: Literal["transposed"] = "transposed"
    filters: FilterPolicy = "skip"
    """Channels after it: `keep`, `half`, as the `skip`, or a number."""
    kernel: PerAxis = None
    """Kernel: a number or one per axis; null: the same as the factor."""
    use_bias: bool | None = None
    """A bias; null: as the config's `use_bias`."""
    norm: bool = False
    """Normalize after it, with the config's `norm`."""
    activation: bool = False
    """Apply the config's `activation` after it."""
    conv: UpConvField = None
    """A convolution after it: null, a kernel, or {kernel, norm, activation}."""

    def lower(self, b: Builder, x: Node, skip: Node, step: Step) -> Node:
        """`x` at the size of the finer level."""
        conv = step.conv
        filters = filters_by(self.filters, x, skip)
        kernel = step.strides if self.kernel is None else per_axis(self.kernel, x.spec.dims)
        if conv.padding == "torch":
            _require_even_margin(kernel, step.strides)
        op = TransposedConv(
            filters,
            kernel,
            step.strides,
            padding="valid" if conv.padding == "valid" else "same",
            use_bias=conv.use_bias if self.use_bias is None else self.use_bias,
            kernel_initializer=conv.kernel_initializer,
            kernel_regularizer=conv.kernel_regularizer,
        )
        x = finish(b, b.add(op, x), step, norm=self.norm, activation=self.activation)
        return x if self.conv is None else self.conv.lower(b, x, filters, step)


def _require_even_margin(kernel: Axes, strides: Axes) -> None:
    if any(k < s or (k - s) % 2 for k, s in zip(kernel, strides, strict=True)):
        raise Wrong.of(
            "PyTorch would need an output padding here, on one side only",
            got=list(kernel),
            hint="with `padding: torch` use a kernel that exceeds the factor by an even number",
            path=("up", "kernel"),
        )
