"""Up-sampling by linear interpolation."""

from __future__ import annotations

from typing import Literal

from unetgen.parts.recipe import Step
from unetgen.parts.ups.interpolating import InterpolatingUp
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops.resample import Interpolation


class LinearUp(InterpolatingUp):
    """Interpolates linearly (bilinear, trilinear), with half-pixel centres and clamped edges."""

    kind: Literal["linear"] = "linear"
    align_corners: bool = False
    """Lays the outermost positions of an axis on those of the smaller tensor, as PyTorch's
    `align_corners=True`, instead of half-pixel centres."""

    def lower(self, b: Builder, x: Node, skip: Node, step: Step) -> Node:
        """`x` at the size of the finer level."""
        interpolation: Interpolation = "linear_align_corners" if self.align_corners else "linear"
        return self.interpolate(b, x, skip, step, interpolation)
