"""Atrous spatial pyramid pooling: the bottom at several scales at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from unetgen.parts.bottlenecks.bottleneck import Bottleneck
from unetgen.parts.convolution import convolve, over_one_position, surround
from unetgen.parts.fitting import resize
from unetgen.parts.recipe import Convolution, Element, Stage
from unetgen.parts.values import LARGEST, each, nonempty, whole
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Concat, Dropout, GlobalPool
from unetgen.plan.place import Piece

MOST_RATE = 1024
"""No dilation rate is larger: the kernel would reach beyond any bottom."""


def _rates(value: object) -> object:
    return each(nonempty(value), lambda rate: whole(rate, maximum=MOST_RATE))


_RATE: dict[str, Any] = {"type": "integer", "minimum": 1, "maximum": MOST_RATE}
Dilations = Annotated[
    tuple[int, ...],
    BeforeValidator(_rates),
    WithJsonSchema({"type": "array", "items": _RATE, "minItems": 1}),
]


class AsppBottleneck(Bottleneck):
    """Atrous spatial pyramid pooling of DeepLabv3 (Chen et al. 2017, arXiv 1706.05587, section 3.3).

    Side by side on the bottom: a 1x1 convolution, a convolution with a kernel of 3 for each rate, and the
    average over all positions through a 1x1 convolution, resized back; each with the config's norm and
    activation. They are concatenated, and a 1x1 convolution, norm and activation join them. Sizes stay
    whatever the padding.
    """

    kind: Literal["aspp"] = "aspp"
    rates: Dilations = (6, 12, 18)
    """Sets the dilation rates, one for each branch with a kernel of 3."""
    image_pooling: bool = True
    """Adds the branch of the average over all positions."""
    filters: int | None = Field(None, ge=1, le=LARGEST)
    """Sets the channels of every branch and of the result; null: those of the bottom."""

    separable: bool = False
    """Makes each convolution with a kernel of 3 a depthwise one and a 1x1 one, with nothing between
    (DeepLabv3+, Chen et al. 2018, arXiv 1802.02611)."""
    dropout: float = Field(0.0, ge=0, lt=1)
    """Drops this share of the values behind the joining convolution."""
    refine: Literal["conv", "separable_conv"] | None = None
    """Adds a convolution with a kernel of 3, norm and activation at the end, or a separable one, as
    segmentation_models_pytorch's DeepLabV3 and DeepLabV3Plus have it; null: neither."""

    def lower(self, b: Builder, x: Node, stage: Stage) -> Node:
        """`x` at the same size, with `filters` channels."""
        conv = replace(stage.conv, padding="same")
        filters, dims = self.filters or x.spec.channels, x.spec.dims
        branches = [_unit(b, x, filters, conv, kernel=1, piece=Piece("point"))]
        for index, rate in enumerate(self.rates, start=1):
            make = _separable if self.separable else _full
            branches.append(make(b, x, filters, conv, rate, Piece("rate", index)))
        if self.image_pooling:
            pooled = b.add(GlobalPool("average"), x, name="pool")
            with b.piece("image"):
                pooled = convolve(b, pooled, filters, conv, kernel=(1,) * dims)
                pooled = surround(b, pooled, over_one_position(conv, conv.order), conv)
            branches.append(resize(b, pooled, x, "nearest", "resize"))
        x = b.add(Concat(), *branches, name="concat")
        with b.piece("project"):
            x = convolve(b, x, filters, conv, kernel=(1,) * dims)
            x = surround(b, x, _around(conv), conv)
            x = b.add(Dropout(self.dropout), x, name="dropout") if self.dropout else x
        if self.refine is None:
            return x
        return (_full if self.refine == "conv" else _separable)(b, x, filters, conv, 1, Piece("refine"))


def _full(b: Builder, x: Node, filters: int, conv: Convolution, rate: int, piece: Piece) -> Node:
    return _unit(b, x, filters, conv, kernel=3, dilation=rate, piece=piece)


def _separable(b: Builder, x: Node, filters: int, conv: Convolution, rate: int, piece: Piece) -> Node:
    channels, dims = x.spec.channels, x.spec.dims
    with b.piece(piece.name, piece.number):
        with b.piece("depthwise"):
            x = convolve(
                b, x, channels, conv, kernel=(3,) * dims, dilation=rate, groups=channels, use_bias=False
            )
        with b.piece("pointwise"):
            x = convolve(b, x, filters, conv, kernel=(1,) * dims)
            return surround(b, x, _around(conv), conv)


def _unit(
    b: Builder,
    x: Node,
    filters: int,
    conv: Convolution,
    *,
    kernel: int,
    piece: Piece,
    dilation: int = 1,
) -> Node:
    with b.piece(piece.name, piece.number):
        x = convolve(b, x, filters, conv, kernel=(kernel,) * x.spec.dims, dilation=dilation)
        return surround(b, x, _around(conv), conv)


def _around(conv: Convolution) -> tuple[Element, ...]:
    return tuple(element for element in conv.order if element in ("norm", "activation"))
