"""Pyramid pooling at the bottom: averages over grids of several finenesses."""

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
from unetgen.plan.ops import AdaptivePool, Concat, Dropout, GlobalPool
from unetgen.plan.ops.resample import Interpolation

MOST_BINS = 256
"""No grid is finer: a bottom has about as many positions."""


def _bins(value: object) -> object:
    return each(nonempty(value), lambda count: whole(count, maximum=MOST_BINS))


_COUNT: dict[str, Any] = {"type": "integer", "minimum": 1, "maximum": MOST_BINS}
Bins = Annotated[
    tuple[int, ...],
    BeforeValidator(_bins),
    WithJsonSchema({"type": "array", "items": _COUNT, "minItems": 1}),
]


class PyramidPoolingBottleneck(Bottleneck):
    """Pyramid pooling of PSPNet (Zhao et al. 2017, arXiv 1612.01105, section 3.2).

    The bottom is averaged over grids of so many bins an axis, side by side. Each grid comes through a 1x1
    convolution to the bottom's channels divided by the number of grids, with the config's norm and
    activation, and is resized to the bottom's size. They are concatenated with the bottom behind them, and a
    1x1 convolution, norm and activation join them. A grid of one bin is a single position: its convolution
    has a bias in place of the norm.
    """

    kind: Literal["pyramid_pooling"] = "pyramid_pooling"
    bins: Bins = (1, 2, 3, 6)
    """Sets the grids: how many bins each has on every axis. Neighbouring bins overlap where they do not
    divide a size."""
    filters: int | None = Field(None, ge=1, le=LARGEST)
    """Sets the channels of the result; null: those of the bottom."""
    dropout: float = Field(0.0, ge=0, lt=1)
    """Drops whole channels of the result with this probability."""
    interpolation: Interpolation = "linear_align_corners"
    """Chooses how a grid is resized to the bottom."""

    def lower(self, b: Builder, x: Node, stage: Stage) -> Node:
        """`x` at the same size, with `filters` channels."""
        conv = replace(stage.conv, padding="same")
        branches = [self._grid(b, x, index, bins, conv) for index, bins in enumerate(self.bins, start=1)]
        filters = self.filters or x.spec.channels
        joined = b.add(Concat(), *branches, x, name="concat")
        with b.piece("project"):
            joined = convolve(b, joined, filters, conv, kernel=(1,) * x.spec.dims)
            joined = surround(b, joined, _around(conv), conv)
            return (
                b.add(Dropout(self.dropout, spatial=True), joined, name="dropout") if self.dropout else joined
            )

    def _grid(self, b: Builder, x: Node, index: int, bins: int, conv: Convolution) -> Node:
        """One grid of averages through its convolution, at the size of `x`."""
        dims, filters = x.spec.dims, max(x.spec.channels // len(self.bins), 1)
        is_normed = bins > 1 and conv.norm.kind != "none"
        with b.piece("grid", index):
            pooled = b.add(AdaptivePool((bins,) * dims) if bins > 1 else GlobalPool(), x, name="pool")
            use_bias = None if bins > 1 or conv.norm.kind == "none" else True
            pooled = convolve(b, pooled, filters, conv, kernel=(1,) * dims, use_bias=use_bias)
            pooled = surround(b, pooled, _around(conv, norm=is_normed), conv)
            return resize(b, pooled, x, self.interpolation, "resize")


def _around(conv: Convolution, norm: bool = True) -> tuple[Element, ...]:
    wanted: dict[Element, bool] = {"norm": norm, "activation": True}
    return tuple(element for element in conv.order if wanted.get(element))
