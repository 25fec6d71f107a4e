"""Large arrays block by block, so that arithmetic in double precision takes bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Floats = NDArray[np.float32]
BLOCK = 2**20
"""About how many values a block holds: 8 MiB in double precision."""


def blocks(values: Array, most: int = BLOCK) -> Iterator[slice]:
    """Slices of the first axis that hold about `most` values each.

    >>> list(blocks(np.zeros((5, 10)), most=20))
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    rows = max(1, most // max(1, values[:1].size))
    for start in range(0, len(values), rows):
        yield slice(start, min(start + rows, len(values)))


def mapped(values: Array, function: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> Floats:
    """`function` of the values, computed in double precision and kept in single precision."""
    result = np.empty(values.shape, np.float32)
    for block in blocks(values):
        result[block] = function(np.asarray(values[block], np.float64))
    return result
