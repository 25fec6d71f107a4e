"""Normalization by percentiles of each image."""

from __future__ import annotations

from typing import Literal, Self

import numpy as np
from pydantic import Field, model_validator

from unetgen.data.blocks import Array, Floats
from unetgen.data.normalization.normalization import IntensityNormalization, Statistics
from unetgen.data.normalization.span import require_ascending, spread


class Percentiles(IntensityNormalization):
    """0 to 1 between two percentiles of each image's channel; what lies outside is clipped."""

    kind: Literal["percentiles"] = "percentiles"
    low: float = Field(0.5, ge=0, le=100)
    """The percentile that becomes 0."""
    high: float = Field(99.5, ge=0, le=100)
    """The percentile that becomes 1."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        require_ascending(self.low, self.high)
        return self

    def apply(self, values: Array, statistics: Statistics) -> Floats:
        result = np.empty(values.shape, np.float32)
        for channel in range(values.shape[-1]):
            of_channel = values[..., channel]
            low, high = np.percentile(of_channel, [self.low, self.high]) if of_channel.size else (0.0, 0.0)
            result[..., channel] = spread(of_channel, float(low), float(high))
        return result
