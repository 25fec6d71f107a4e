"""Values from 0 to 1 between two bounds."""

from __future__ import annotations

import numpy as np

from unetgen.data.blocks import Array, Floats, mapped
from unetgen.errors import Wrong


def spread(values: Array, low: float, high: float) -> Floats:
    """`values` clipped to `low` and `high`, which become 0 and 1; all 0 where the two are one.

    >>> spread(np.array([-5, 0, 2, 9]), 0, 4).tolist()
    [0.0, 0.0, 0.5, 1.0]
    """
    width = high - low
    if width <= 0:
        return np.zeros(values.shape, np.float32)
    return mapped(values, lambda x: (np.clip(x, low, high) - low) / width)


def require_ascending(low: float, high: float) -> None:
    """Raise `Wrong`, for the field `high`, where it is not above `low`."""
    if low >= high:
        raise Wrong.of(f"must be above `low`, which is {low:g}", got=high, path=("high",))
