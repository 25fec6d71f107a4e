"""Atrous spatial pyramid pooling: the bottom at several scales at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from unetgen.parts.bottlenecks.bottleneck import Bottleneck
from unetgen.parts.convolution import convolve, surround
from unetgen.parts.fitting import resize
from unetgen.parts.recipe import Convolution, Element, Stage
from unetgen.parts.values import LARGEST, each, nonempty, whole
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Concat, GlobalPool
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

    def lower(self, b: Builder, x: Node, stage: Stage) -> Node:
        """`x` at the same size, with `filters` channels."""
        conv = replace(stage.conv, padding="same")
        filters, dims = self.filters or x.spec.channels, x.spec.dims
        branches = [_unit(b, x, filters, conv, kernel=1, piece=Piece("point"))]
        for index, rate in enumerate(self.rates, start=1):
            branches.append(_unit(b, x, filters, conv, kernel=3, dilation=rate, piece=Piece("rate", index)))
        if self.image_pooling:
            # Normalized over the positions of each channel alone, a single position would always be 0.
            over_nothing = conv.norm.kind == "instance"
            pooled = b.add(GlobalPool("average"), x, name="pool")
            pooled = _unit(b, pooled, filters, conv, kernel=1, norm=not over_nothing, piece=Piece("image"))
            branches.append(resize(b, pooled, x, "nearest", "resize"))
        x = b.add(Concat(), *branches, name="concat")
        with b.piece("project"):
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
    norm: bool = True,
) -> Node:
    with b.piece(piece.name, piece.number):
        x = convolve(b, x, filters, conv, kernel=(kernel,) * x.spec.dims, dilation=dilation)
        return surround(b, x, _around(conv, norm), conv)


def _around(conv: Convolution, norm: bool = True) -> tuple[Element, ...]:
    wanted: dict[Element, bool] = {"norm": norm, "activation": True}
    return tuple(element for element in conv.order if wanted.get(element))
