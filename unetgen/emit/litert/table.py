"""What is computed otherwise for LiteRT than Keras's layers do; ops without a row are those layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from keras import activations, ops
from numpy.typing import NDArray

from unetgen.emit.litert.merged import merged_conv
from unetgen.emit.litert.planar import conv, pool, prelu, shuffle, transposed_conv, unshuffle
from unetgen.layers.grouped_conv_transpose import grouped_transposed
from unetgen.layers.tensor import Tensor
from unetgen.plan.ops import (
    Conv,
    MergedConv,
    Op,
    PixelShuffle,
    PixelUnshuffle,
    Pool,
    PRelu,
    TransposedConv,
)

Numbers = NDArray[np.floating[Any]]
Row = Callable[[Any, Sequence[Tensor], Sequence[Numbers]], Tensor]
"""From an op, its inputs and its weights, in Keras's order, to its output; all channels last."""


def _conv(op: Conv, inputs: Sequence[Tensor], weights: Sequence[Numbers]) -> Tensor:
    y = conv(inputs[0], weights[0], op.strides, op.dilation, op.padding, *weights[1:])
    return activations.get(op.activation)(y)


def _transposed_conv(op: TransposedConv, inputs: Sequence[Tensor], weights: Sequence[Numbers]) -> Tensor:
    if op.groups == 1:
        return transposed_conv(inputs[0], weights[0], op.strides, op.padding, *weights[1:])
    y = grouped_transposed(inputs[0], ops.convert_to_tensor(weights[0]), op.strides, op.groups, op.padding)
    return y + weights[1] if op.use_bias else y


def _merged_conv(op: MergedConv, inputs: Sequence[Tensor], weights: Sequence[Numbers]) -> Tensor:
    return activations.get(op.conv.activation)(merged_conv(op, inputs, *weights))


def _pool(op: Pool, inputs: Sequence[Tensor], weights: Sequence[Numbers]) -> Tensor:
    return pool(inputs[0], op.reduction, op.size, op.strides or op.size, op.padding)


def _prelu(op: PRelu, inputs: Sequence[Tensor], weights: Sequence[Numbers]) -> Tensor:
    return prelu(inputs[0], weights[0])


def _shuffle(op: PixelShuffle, inputs: Sequence[Tensor], weights: Sequence[Numbers]) -> Tensor:
    return shuffle(inputs[0], op.size)


def _unshuffle(op: PixelUnshuffle, inputs: Sequence[Tensor], weights: Sequence[Numbers]) -> Tensor:
    return unshuffle(inputs[0], op.size)


ROWS: Mapping[type[Op], Row] = {
    Conv: _conv,
    TransposedConv: _transposed_conv,
    MergedConv: _merged_conv,
    Pool: _pool,
    PixelShuffle: _shuffle,
    PixelUnshuffle: _unshuffle,
    PRelu: _prelu,
}
