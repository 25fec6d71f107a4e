"""Normalization by a window of intensities."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from unetgen.data.blocks import Array, Floats
from unetgen.data.normalization.normalization import IntensityNormalization, Statistics
from unetgen.data.normalization.span import require_ascending, spread


class IntensityWindow(IntensityNormalization):
    """0 to 1 between two intensities; what lies outside is clipped. For CT in Hounsfield units."""

    kind: Literal["window"] = "window"
    low: float
    """The intensity that becomes 0, such as -160 for the soft tissue of a belly."""
    high: float
    """The intensity that becomes 1, such as 240 there."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        require_ascending(self.low, self.high)
        return self

    def apply(self, values: Array, statistics: Statistics) -> Floats:
        return spread(values, self.low, self.high)
