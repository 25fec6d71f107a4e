"""A convolution over up-sampled and concatenated tensors as a sum, its derived kernels constants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from keras import ops
from numpy.typing import NDArray

from unetgen.emit.litert.planar import conv, transposed_conv
from unetgen.emit.upsampled_kernel import upsampled_kernel
from unetgen.layers.tensor import Tensor
from unetgen.plan.ops import MergedConv
from unetgen.plan.ops.base import Axes

Numbers = NDArray[np.floating[Any]]


def merged_conv(
    op: MergedConv, inputs: Sequence[Tensor], kernel: Numbers, bias: Numbers | None = None
) -> Tensor:
    """Each input convolved with its part of `kernel`, those that are up-sampled by a transposed kernel.

    How the plan has products be saved (`winograd`) is TensorFlow's matter.
    """
    borders = np.cumsum([x.shape[-1] for x in inputs])[:-1]
    parts = zip(inputs, np.split(kernel, borders, axis=-2), op.factors, strict=True)
    total = None
    for x, part, factors in sorted(parts, key=lambda each: max(each[2])):
        first = bias if total is None else None
        y = (
            _over_upsampled(x, part, factors, op.conv.padding == "same", first)
            if max(factors) > 1
            else conv(x, part, op.conv.strides, op.conv.dilation, op.conv.padding, first)
        )
        total = y if total is None else total + y
    return total


def _over_upsampled(x: Tensor, kernel: Numbers, factors: Axes, same: bool, bias: Numbers | None) -> Tensor:
    full = transposed_conv(x, upsampled_kernel(kernel, factors).astype(kernel.dtype), factors, "valid", bias)
    places = [slice(None)]
    for size, taps in zip(ops.shape(full)[1:-1], kernel.shape, strict=False):
        before = taps - 1 - ((taps - 1) // 2 if same else 0)
        places.append(slice(before, before + size - (taps - 1) * (1 if same else 2)))
    return full[tuple(places)]
