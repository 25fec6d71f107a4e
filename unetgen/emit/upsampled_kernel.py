"""The kernel that a convolution over an up-sampled tensor has on the small one, as a constant of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from unetgen.plan.ops.base import Axes

if TYPE_CHECKING:
    from numpy.typing import NDArray


def upsampled_kernel(kernel: NDArray[np.generic], factors: Axes) -> NDArray[np.float64]:
    """The kernel of the transposed convolution, strides `factors`, that up-sampling and `kernel` make.

    On an axis, output ``o`` of the convolution reads up-sampled position ``o + t - before`` by tap ``t``, a
    copy of ``i = position // factor``. Seen from ``i`` that is a stretch of ``size + factor - 1`` outputs, in
    which the mirrored kernel stands once for each copy.

    Args:
        kernel: ``(*size, channels, filters)``.
        factors: one integer for each spatial axis.

    Returns:
        ``(*(size + factor - 1), filters, channels)``, in float64.
    """
    total = np.asarray(kernel, np.float64)
    for axis, factor in enumerate(factors):
        mirrored = np.flip(total, axis)
        ends = [(0, 0)] * total.ndim
        copies = []
        for place in range(factor):
            ends[axis] = (place, factor - 1 - place)
            copies.append(np.pad(mirrored, ends))
        total = np.sum(copies, axis=0)
    return np.swapaxes(total, -1, -2)
