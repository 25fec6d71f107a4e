"""Up-sampling by linear interpolation."""

from __future__ import annotations

from typing import Literal

from unetgen.parts.recipe import Step
from unetgen.parts.ups.interpolating import InterpolatingUp
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node


class LinearUp(InterpolatingUp):
    """Interpolates linearly (bilinear, trilinear), with half-pixel centres and clamped edges."""

    kind: Literal["linear"] = "linear"

    def lower(self, b: Builder, x: Node, skip: Node, step: Step) -> Node:
        """`x` at the size of the finer level."""
        return self.interpolate(b, x, skip, step, "linear")
