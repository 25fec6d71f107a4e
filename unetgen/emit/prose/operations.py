"""Operations as nouns, the way sentences use them: ``2×2 max pooling``, ``batch normalization``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from unetgen.config.schema.documentation import summary as docs_of
from unetgen.emit.figure.legend_words import NAMES, factor
from unetgen.emit.prose.english import Phrase, citing, decimal, shaped
from unetgen.parts.norms import NORMS
from unetgen.parts.part import kind_of
from unetgen.plan.ops import (
    Activation,
    BlurPool,
    Conv,
    Dropout,
    Norm,
    Op,
    PixelShuffle,
    PixelUnshuffle,
    Pool,
    PRelu,
    TransposedConv,
    Upsample,
)
from unetgen.plan.ops.base import Axes
from unetgen.plan.tensor import sizes

LINEAR = ("linear", "bilinear", "trilinear")
"""By the number of spatial axes, counted from one."""
_NORMS = {kind_of(model): docs_of(model) for model in NORMS}


def noun(op: Op) -> Phrase:
    """What a sentence calls `op`; by default as tables do."""
    said = NOUNS.get(type(op))
    return said(op) if said else (op.words(),)


def activation_name(name: str) -> str:
    """An activation as papers write it.

    >>> activation_name("leaky_relu"), activation_name("softmax")
    ('LeakyReLU', 'softmax')
    """
    return NAMES.get(name, name.replace("_", " "))


def strided(strides: Axes) -> str:
    """`` with a stride of 2``; nothing where every stride is 1."""
    return f" with a stride of {factor(strides)}" if max(strides) > 1 else ""


def _conv(op: Conv) -> Phrase:
    return (f"{shaped(op.kernel)} {_grouped(op)}convolutions{strided(op.strides)}",)


def _transposed(op: TransposedConv) -> Phrase:
    return (f"{shaped(op.kernel)} {_grouped(op)}transposed convolutions{strided(op.strides)}",)


def _grouped(op: Conv | TransposedConv) -> str:
    return "" if op.groups == 1 else "depthwise " if op.groups == op.filters else "grouped "


def _pool(op: Pool) -> Phrase:
    strides = op.strides or op.size
    return (f"{shaped(op.size)} {op.reduction} pooling{strided(strides) if strides != op.size else ''}",)


def _upsample(op: Upsample) -> Phrase:
    way = "nearest-neighbour" if op.interpolation == "nearest" else LINEAR[len(op.size) - 1]
    corners = " with aligned corners" if op.interpolation == "linear_align_corners" else ""
    return (f"{way} up-sampling by {factor(op.size)}{corners}",)


def _norm(op: Norm) -> Phrase:
    groups = f" with {op.groups} groups" if op.groups else ""
    return citing(f"{op.method} normalization{groups}", _NORMS[op.method])


def _activation(op: Activation) -> Phrase:
    slope = op.options.get("negative_slope")
    return (activation_name(op.name) + (f" with a slope of {decimal(slope)}" if slope else ""),)


NOUNS: Mapping[type[Op], Callable[[Any], Phrase]] = {
    Activation: _activation,
    BlurPool: lambda op: (f"a blur{strided(op.strides)}",),
    Conv: _conv,
    Dropout: lambda op: ("dropout of whole channels" if op.spatial else "dropout",),
    Norm: _norm,
    PixelShuffle: lambda op: (f"a pixel shuffle by {factor(op.size)}",),
    PixelUnshuffle: lambda op: (f"a rearrangement of {sizes(op.size)} positions into channels",),
    Pool: _pool,
    PRelu: lambda op: ("PReLU",),
    TransposedConv: _transposed,
    Upsample: _upsample,
}
"""Ops that sentences call otherwise than tables do."""
