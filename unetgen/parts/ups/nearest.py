"""Up-sampling by nearest interpolation."""

from __future__ import annotations

from typing import Literal

from unetgen.parts.recipe import Step
from unetgen.parts.ups.interpolating import InterpolatingUp
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node


class NearestUp(InterpolatingUp):
    """Repeats every value, as Keras's UpSampling does."""

    kind: Literal["nearest"] = "nearest"

    def lower(self, b: Builder, x: Node, skip: Node, step: Step) -> Node:
        """`x` at the size of the finer level."""
        return self.interpolate(b, x, skip, step, "nearest")
