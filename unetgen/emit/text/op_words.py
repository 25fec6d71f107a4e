"""What an operation is called in tables for people: ``conv 3×3×3``, ``max pool 2×2``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from unetgen.plan.ops import (
    Activation,
    Add,
    AppendOnes,
    BlurPool,
    Concat,
    Conv,
    Crop,
    Dropout,
    GlobalPool,
    Input,
    MergedConv,
    Multiply,
    Norm,
    Op,
    Pad,
    PixelShuffle,
    PixelUnshuffle,
    Pool,
    PRelu,
    Resize,
    Scale,
    SelfAttention,
    TransposedConv,
    Upsample,
)
from unetgen.plan.tensor import sizes


def op_words(op: Op) -> str:
    """The operation in a few words.

    >>> op_words(Pool("max", (2, 2, 1)))
    'max pool 2×2×1'
    """
    return WORDS[type(op)](op)


def _conv(op: Conv) -> str:
    stride = f" /{sizes(op.strides)}" if max(op.strides) > 1 else ""
    dilation = f" dilated {sizes(op.dilation)}" if max(op.dilation) > 1 else ""
    groups = f" in {op.groups} groups" if op.groups > 1 else ""
    activation = f", {op.activation}" if op.activation else ""
    return f"conv {sizes(op.kernel)}{stride}{dilation}{groups}{activation}"


def _merged_conv(op: MergedConv) -> str:
    """``conv 3×3 of 2×2 up and as it is``, or ``conv 3×3, filtered by pairs`` where all is as it is."""
    grown = [f"{sizes(size)} up" if max(size) > 1 else "as it is" for size in op.factors]
    words = _conv(op.conv) + (", filtered by pairs" if op.winograd is not None else "")
    return words if grown == ["as it is"] else f"{words} of {' and '.join(grown)}"


def _pool(op: Pool) -> str:
    stride = f" /{sizes(op.strides)}" if op.strides and op.strides != op.size else ""
    return f"{op.reduction} pool {sizes(op.size)}{stride}"


WORDS: Mapping[type[Op], Callable[[Any], str]] = {
    Activation: lambda op: op.name,
    Add: lambda op: "add",
    AppendOnes: lambda op: "append ones",
    BlurPool: lambda op: f"blur pool {sizes(op.strides)}",
    Concat: lambda op: "concat",
    Conv: _conv,
    Crop: lambda op: f"crop {_amounts(op.amounts)}",
    Dropout: lambda op: f"{'spatial ' if op.spatial else ''}dropout {op.rate:g}",
    GlobalPool: lambda op: f"global {op.reduction} pool",
    Input: lambda op: "input",
    MergedConv: _merged_conv,
    Multiply: lambda op: "multiply",
    Norm: lambda op: f"{op.method} norm" + (f" of {op.groups}" if op.groups else ""),
    PRelu: lambda op: "prelu",
    Pad: lambda op: f"{'edge ' if op.mode == 'edge' else ''}pad {_amounts(op.amounts)}",
    PixelShuffle: lambda op: f"pixel shuffle {sizes(op.size)}",
    PixelUnshuffle: lambda op: f"pixel unshuffle {sizes(op.size)}",
    Pool: _pool,
    Resize: lambda op: f"{op.interpolation} to {sizes(op.spatial)}",
    Scale: lambda op: "channel scale",
    SelfAttention: lambda op: f"self-attention of {op.num_heads} heads",
    TransposedConv: lambda op: (
        f"transposed conv {sizes(op.kernel)}" + (f" ×{sizes(op.strides)}" if op.kernel != op.strides else "")
    ),
    Upsample: lambda op: f"{op.interpolation} {sizes(op.size)}",
}
"""One row for every operation; a test holds that none is missing."""


def _amounts(amounts: tuple[tuple[int, int], ...]) -> str:
    return " ".join(f"{before}+{after}" for before, after in amounts)
