"""The one table from ops to ONNX nodes. A new op needs a row here, or no graph of it can be written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from unetgen.emit.onnx.activations import activation, prelu
from unetgen.emit.onnx.attention import position_attention, self_attention
from unetgen.emit.onnx.bins import adaptive_pool
from unetgen.emit.onnx.convolutions import conv, merged_conv, transposed_conv
from unetgen.emit.onnx.fitting import (
    crop_like,
    crop_to_multiple,
    pad_like,
    pad_to_multiple,
    resize_like,
)
from unetgen.emit.onnx.graph import NodeWriter, both_ends
from unetgen.emit.onnx.norms import norm, scale, unit_norm
from unetgen.emit.onnx.resampling import blur_pool, pixel_shuffle, pixel_unshuffle, resize, upsample
from unetgen.emit.onnx.windows import Window
from unetgen.plan.ops import (
    Activation,
    AdaptivePool,
    Add,
    AddVector,
    AppendOnes,
    BlurPool,
    Concat,
    Conv,
    Crop,
    CropLike,
    CropToMultiple,
    Dropout,
    Flatten,
    GlobalPool,
    Input,
    MergedConv,
    Multiply,
    Norm,
    Op,
    Pad,
    PadChannels,
    PadLike,
    PadToMultiple,
    PixelShuffle,
    PixelUnshuffle,
    Pool,
    PositionAttention,
    PRelu,
    Resize,
    ResizeLike,
    Scale,
    SelectChannels,
    SelfAttention,
    Standardize,
    TransposedConv,
    UnitNorm,
    Upsample,
)


def _as_given(op: Input | Dropout, w: NodeWriter) -> str:
    """Nothing: a prediction drops nothing."""
    return w.x


def _pool(op: Pool, w: NodeWriter) -> str:
    window, (source,) = Window.of(op), w.specs
    return w.last(
        {"max": "MaxPool", "average": "AveragePool"}[op.reduction],
        window.trimmed(w, w.x, source),
        kernel_shape=op.size,
        strides=window.strides,
        **window.padding(source),
    )


def _global_pool(op: GlobalPool, w: NodeWriter) -> str:
    return w.last({"max": "GlobalMaxPool", "average": "GlobalAveragePool"}[op.reduction], w.x)


def _flatten(op: Flatten, w: NodeWriter) -> str:
    return w.last("Flatten", w.x, axis=1)


def _pad(op: Pad, w: NodeWriter) -> str:
    pads = w.integers("pads", both_ends(((0, 0), (0, 0), *op.amounts)))
    return w.last("Pad", w.x, pads, mode=op.mode)


def _append_ones(op: AppendOnes, w: NodeWriter) -> str:
    """More channels, as a padding with ones."""
    ends = w.integers("pads", both_ends(((0, 0), (0, op.count), *((0, 0),) * w.dims)))
    return w.last("Pad", w.x, ends, w.floats("one", 1.0), mode="constant")


def _pad_channels(op: PadChannels, w: NodeWriter) -> str:
    """A graph that only predicts has no gradient to keep back."""
    ends = w.integers("pads", both_ends(((0, 0), (0, op.count), *((0, 0),) * w.dims)))
    return w.last("Pad", w.x, ends, mode="constant")


def _crop(op: Crop, w: NodeWriter) -> str:
    starts = [before for before, _ in op.amounts]
    ends = [-after or np.iinfo("int64").max for _, after in op.amounts]
    axes = range(2, w.dims + 2)
    return w.last(
        "Slice", w.x, w.integers("starts", starts), w.integers("ends", ends), w.integers("axes", list(axes))
    )


def _concat(op: Concat, w: NodeWriter) -> str:
    return w.last("Concat", *w.inputs, axis=1)


def _add(op: Add | AddVector, w: NodeWriter) -> str:
    """A sum two by two, as runtimes merge it with what makes its terms."""
    first, *middle, last = w.inputs
    for each in middle:
        first = w.step("Add", first, each)
    return w.last("Add", first, last)


def _multiply(op: Multiply, w: NodeWriter) -> str:
    return w.last("Mul", *w.inputs)


def _select_channels(op: SelectChannels, w: NodeWriter) -> str:
    return w.last("Gather", w.x, w.integers("channels", list(op.channels)), axis=1)


def _standardize(op: Standardize, w: NodeWriter) -> str:
    less = w.step("Sub", w.x, w.per_channel("mean", np.asarray(op.mean)))
    return w.last("Div", less, w.per_channel("std", np.asarray(op.std)))


NODES: Mapping[type[Op], Callable[[Any, NodeWriter], str]] = {
    Input: _as_given,
    Conv: conv,
    TransposedConv: transposed_conv,
    Pool: _pool,
    GlobalPool: _global_pool,
    AdaptivePool: adaptive_pool,
    Flatten: _flatten,
    BlurPool: blur_pool,
    PixelUnshuffle: pixel_unshuffle,
    Upsample: upsample,
    PixelShuffle: pixel_shuffle,
    Resize: resize,
    Pad: _pad,
    Crop: _crop,
    ResizeLike: resize_like,
    CropLike: crop_like,
    CropToMultiple: crop_to_multiple,
    PadLike: pad_like,
    PadToMultiple: pad_to_multiple,
    Norm: norm,
    UnitNorm: unit_norm,
    Activation: activation,
    PRelu: prelu,
    Scale: scale,
    Dropout: _as_given,
    SelfAttention: self_attention,
    PositionAttention: position_attention,
    Concat: _concat,
    Add: _add,
    AddVector: _add,
    Multiply: _multiply,
    SelectChannels: _select_channels,
    Standardize: _standardize,
    MergedConv: merged_conv,
    AppendOnes: _append_ones,
    PadChannels: _pad_channels,
}
"""Each writes the nodes of its op, and returns the tensor that has the value."""
