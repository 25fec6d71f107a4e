"""Feature pyramid attention: the bottom weighed by what a small pyramid of it says."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from pydantic import Field

from unetgen.parts.bottlenecks.bottleneck import Bottleneck
from unetgen.parts.convolution import convolve, over_one_position, surround, unit
from unetgen.parts.fitting import resize
from unetgen.parts.recipe import Convolution, Stage
from unetgen.parts.values import LARGEST
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Add, GlobalPool, Multiply, Pool
from unetgen.plan.ops.resample import Interpolation

KERNELS = (7, 5, 3)
"""Of the pyramid's convolutions, at a half, a quarter and an eighth of the bottom's size."""


class PyramidAttentionBottleneck(Bottleneck):
    """Feature pyramid attention of the pyramid attention network (Li et al. 2018, arXiv 1805.10180).

    The bottom is halved three times by max pooling, with a convolution to one channel at each size: of 7, of
    5 and two of 3. Going up again, each size has another convolution and is added to the smaller one,
    up-sampled. What comes out, one value a position, is multiplied with a 1x1 convolution of the bottom, and
    the average over all positions through a 1x1 convolution is added. Every convolution has the config's norm
    and activation; sizes stay whatever the padding.
    """

    kind: Literal["pyramid_attention"] = "pyramid_attention"
    filters: int | None = Field(None, ge=1, le=LARGEST)
    """Sets the channels of the result; null: those of the bottom."""
    interpolation: Interpolation = "linear_align_corners"
    """Chooses the up-sampling inside the pyramid."""

    def lower(self, b: Builder, x: Node, stage: Stage) -> Node:
        """`x` at the same size, with `filters` channels."""
        conv, ones = replace(stage.conv, padding="same", dropout_rate=0.0), (1,) * x.spec.dims
        filters = self.filters or x.spec.channels
        with b.piece("average"):
            average = b.add(GlobalPool("average"), x, name="pool")
            average = convolve(b, average, filters, conv, kernel=ones)
            average = surround(b, average, over_one_position(conv, conv.order), conv)
            average = resize(b, average, x, "nearest", "resize")
        with b.piece("middle"):
            middle = unit(b, x, filters, conv, kernel=ones)
        weights = self._pyramid(b, x, conv)
        weighed = b.add(Multiply(), middle, weights, name="weighed")
        return b.add(Add(), weighed, average)

    def _pyramid(self, b: Builder, x: Node, conv: Convolution) -> Node:
        """One value for each position of `x`."""
        smaller, sizes = x, [x]
        for number, kernel in enumerate(KERNELS, start=1):
            with b.piece("down", number):
                smaller = b.add(Pool("max", (2,) * x.spec.dims), smaller, name="pool")
                smaller = unit(b, smaller, 1, conv, kernel=(kernel,) * x.spec.dims)
            sizes.append(smaller)
        *sizes, y = sizes
        with b.piece("last"):
            y = unit(b, y, 1, conv, kernel=(KERNELS[-1],) * x.spec.dims)
        for number in reversed(range(1, len(KERNELS))):
            with b.piece("up", number):
                y = resize(b, y, sizes[number], self.interpolation, "resize")
                again = unit(b, sizes[number], 1, conv, kernel=(KERNELS[number - 1],) * x.spec.dims)
                y = b.add(Add(), again, y, name="add")
        return resize(b, y, x, self.interpolation, "resize")
