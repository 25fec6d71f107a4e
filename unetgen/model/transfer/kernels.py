"""Kernels of one size made of those of another: linear interpolation between their taps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np

KernelMode = Literal["equal", "linear"]
"""What of kernels is carried: those of the same size, or all of them, others resized linearly."""
KERNEL_MODES: tuple[KernelMode, ...] = get_args(KernelMode)


def resized(kernel: np.ndarray, sizes: Sequence[int]) -> np.ndarray:
    """`kernel`, ``(*old sizes, a, b)``, as ``(*sizes, a, b)``: MedNeXt's UpKern (arXiv 2303.09975).

    Taps lie in the middles of equal parts of an axis, beyond the first and the last of which values stay as
    they are: PyTorch's ``interpolate`` with ``align_corners=False``. Nothing is rescaled.
    """
    value = kernel.astype(np.float64)
    for axis, size in enumerate(sizes):
        old = value.shape[axis]
        if old != size:
            value = np.moveaxis(np.tensordot(_weights(old, size), value, axes=(1, axis)), 0, axis)
    return value.astype(kernel.dtype)


def _weights(old: int, new: int) -> np.ndarray:
    """``(new, old)``: how much of each old tap is in each new one."""
    places = (np.arange(new) + 0.5) * old / new - 0.5
    return np.stack([np.interp(places, np.arange(old), row) for row in np.eye(old)], axis=1)
