"""Weights that are the same everywhere without being stored: drawn by the name of each tensor.

NumPy keeps the streams of ``RandomState`` as they are for good (NEP 19).
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def tensor(name: str, shape: Sequence[int]) -> Array:
    """The float32 values of PyTorch's tensor of this name and shape; norms are far from theirs at first."""
    values = np.random.RandomState(zlib.crc32(name.encode())).standard_normal(tuple(shape))
    if name.endswith("running_var"):
        drawn = np.abs(1.0 + 0.2 * values)
    elif name.endswith("running_mean"):
        drawn = 0.3 + 0.3 * values
    elif len(shape) > 1:
        drawn = values * (1.5 / np.prod(shape[1:])) ** 0.5
    else:
        drawn = (1.0 if name.endswith("weight") else 0.2) + 0.3 * values
    return drawn.astype(np.float32)


def tensors(shapes: Mapping[str, Sequence[int]]) -> dict[str, Array]:
    """All tensors of these names and shapes, without the counters."""
    return {name: tensor(name, shape) for name, shape in shapes.items() if "num_batches" not in name}
