"""No normalization."""

from __future__ import annotations

from typing import Literal

import numpy as np

from unetgen.data.blocks import Array, Floats
from unetgen.data.normalization.normalization import IntensityNormalization, Statistics


class RawIntensity(IntensityNormalization):
    """Intensities as they lie in the file."""

    kind: Literal["none"] = "none"

    def apply(self, values: Array, statistics: Statistics) -> Floats:
        return np.array(values, np.float32, order="C")
