"""The base of the ups that interpolate: no weights of their own, a convolution before or after on request."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from unetgen.errors import Wrong
from unetgen.parts.recipe import Step
from unetgen.parts.ups.up import FilterPolicy, Up, UpConvField, filters_by, with_conv
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Upsample
from unetgen.plan.ops.resample import Interpolation


class InterpolatingUp(Up):
    """Up-sampling by interpolation."""

    filters: FilterPolicy = "keep"
    """Sets the channels after `conv`: `keep`, `half`, as the `skip`, or a number, or a list of these, one per
    step. Without `conv`, only `keep` is possible."""
    conv: UpConvField = None
    """Adds a convolution after or before it: null, a kernel, or {kernel, norm, activation, use_bias,
    place}."""

    @model_validator(mode="after")
    def _filters_need_a_convolution(self) -> Self:
        if self.conv is None and self.filters != "keep":
            raise Wrong.of(
                "interpolation alone cannot change the channels",
                got=self.filters,
                hint="add `conv: 3` for a convolution after it, or `filters: keep`",
                path=("filters",),
            )
        return self

    def interpolate(self, b: Builder, x: Node, skip: Node, step: Step, interpolation: Interpolation) -> Node:
        """`x` at the size of the finer level."""
        filters = filters_by(self.filters, x, skip, step)
        op = Upsample(step.strides, interpolation)
        return with_conv(b, x, self.conv, filters, step, lambda x: b.add(op, x))
