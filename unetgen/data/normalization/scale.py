"""Normalization by one number."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from unetgen.data.blocks import Array, Floats, mapped
from unetgen.data.normalization.normalization import IntensityNormalization, Statistics


class DividedIntensity(IntensityNormalization):
    """All intensities divided by one number, so that pictures of 8 bits lie between 0 and 1."""

    kind: Literal["scale"] = "scale"
    divisor: float = Field(255, gt=0)
    """The number that becomes 1: 255 for 8 bits, 65535 for 16."""

    def apply(self, values: Array, statistics: Statistics) -> Floats:
        return mapped(values, lambda x: x / self.divisor)
