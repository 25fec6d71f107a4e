"""Up-sampling by a transposed convolution between two convolutions of 1x1."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from pydantic import Field

from unetgen.parts.convolution import before_and_after, surround, unit
from unetgen.parts.recipe import Convolution, Step
from unetgen.parts.ups.transposed import transposed
from unetgen.parts.ups.up import FilterPolicy, Up, filters_by
from unetgen.parts.values import PerAxis, per_axis
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node


class BottleneckUp(Up):
    """A transposed convolution between two of 1x1 (Chaurasia and Culurciello 2017, arXiv 1707.03718).

    The first divides the channels by `ratio`, and the last gives those that `filters` asks for. Each of the
    three has the config's norm and activation. With `skip: add`, and no block behind it, a level is one of
    LinkNet's decoder.
    """

    kind: Literal["bottleneck"] = "bottleneck"
    filters: FilterPolicy = "skip"
    """Sets its channels: `keep`, `half`, as the `skip`, or a number, or a list of these, one per step."""
    ratio: int = Field(4, ge=1)
    """Divides the channels that come in by this between the two convolutions of 1x1; at least one is left."""
    kernel: PerAxis = None
    """Sets the kernel of the transposed convolution: a number or one per axis; null: the same as the
    factor."""
    use_bias: bool | None = None
    """Gives the transposed convolution a bias; null: as the config's `use_bias` says."""

    @property
    def own_kernel(self) -> PerAxis:
        return self.kernel

    def lower(self, b: Builder, x: Node, skip: Node, step: Step) -> Node:
        """`x` at the size of the finer level."""
        conv, ones = replace(step.conv, dropout_rate=0.0), (1,) * x.spec.dims
        filters, narrow = filters_by(self.filters, x, skip, step), max(x.spec.channels // self.ratio, 1)
        with b.piece("reduce"):
            x = unit(b, x, narrow, conv, kernel=ones)
        with b.piece("enlarge"):
            x = self._enlarged(b, x, narrow, conv, step)
        with b.piece("expand"):
            return unit(b, x, filters, conv, kernel=ones)

    def _enlarged(self, b: Builder, x: Node, filters: int, conv: Convolution, step: Step) -> Node:
        kernel = step.strides if self.kernel is None else per_axis(self.kernel, x.spec.dims)
        before, after = before_and_after(conv.order)
        x = surround(b, x, before, conv)
        x = transposed(b, x, filters, step, kernel=kernel, use_bias=self.use_bias)
        return surround(b, x, after, conv)
