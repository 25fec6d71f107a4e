"""CMUNeXt's two blocks: large depthwise convolutions, and the fusion of a skip with what comes from below."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from typing import Literal

from pydantic import Field

from unetgen.errors import Wrong
from unetgen.parts.activation import FAMILY, ActivationChoice, ActivationField
from unetgen.parts.blocks.block import Block
from unetgen.parts.blocks.joining import add
from unetgen.parts.convolution import convolve, enter, is_strided, surround, unit
from unetgen.parts.fitting import centre_crop
from unetgen.parts.recipe import Convolution, Element, Stage
from unetgen.parts.values import LevelCounts, PerAxis, at_level, per_axis
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops.base import Axes


class ActivatedFirst(Block):
    """The base of the two: convolutions with an activation of their own each, and a norm behind that."""

    kind: str
    kernel: PerAxis = None
    """Sets the kernel of the convolution over space: a number or one per axis; null: the config's
    `kernel`."""
    expansion: int = Field(4, ge=1, le=2**10)
    """Multiplies the channels between the two 1x1 convolutions."""
    activation: ActivationField | None = ActivationChoice.parse(FAMILY, "gelu")
    """Sets the activation between each convolution and its norm; null: the config's `activation`."""

    @property
    def own_kernel(self) -> PerAxis:
        return self.kernel

    def convolution(self, conv: Convolution) -> Convolution:
        """The block's own: activation, then norm."""
        kernel = conv.kernel if self.kernel is None else per_axis(self.kernel, len(conv.kernel))
        order: tuple[Element, ...] = ("conv", "activation", "norm")
        if "dropout" in conv.order:
            order = (*order, "dropout")
        return replace(conv, activation=self.activation or conv.activation, kernel=kernel, order=order)

    def mixed(self, b: Builder, x: Node, filters: int, conv: Convolution) -> Node:
        """`x` through the two 1x1 convolutions."""
        ones = (1,) * x.spec.dims
        with b.piece("expand"):
            x = unit(b, x, filters * self.expansion, conv, kernel=ones)
        with b.piece("reduce"):
            return unit(b, x, filters, conv, kernel=ones)


class CMUNeXtBlock(ActivatedFirst):
    """CMUNeXt's block (Tang et al. 2024, arXiv 2308.01239, figure 2).

    A large depthwise convolution, whose output is added to its input, and two 1x1 convolutions, the first to
    `expansion` times the channels; `units` of that, and one convolution to the level's filters, with the
    config's `kernel`, norm, activation and `order`. Strides are taken by a bare convolution before all that.
    """

    kind: Literal["cmunext"] = "cmunext"
    kernel: PerAxis = 7
    """Sets the kernel of the depthwise convolution: a number or one per axis; null: the config's `kernel`."""
    units: LevelCounts = 1
    """How many depthwise convolutions there are, each with its two 1x1 convolutions: a number, or one per
    level."""

    @property
    def lists(self) -> dict[str, object]:
        return {**super().lists, "units": self.units}

    def body(self, b: Builder, x: Node, stage: Stage, strides: Axes | None) -> Node:
        """The units on `x`, and the convolution after them."""
        conv, units = self.convolution(stage.conv), at_level(self.units, stage.level)
        if is_strided(strides):
            with b.piece("enter"):
                x = enter(b, x, x.spec.channels, conv, strides)
        for index in range(units):
            with b.piece("unit", index + 1) if units > 1 else nullcontext():
                x = self._unit(b, x, conv)
        with b.piece("last"):
            return unit(b, x, stage.filters[-1], stage.conv)

    def _unit(self, b: Builder, x: Node, conv: Convolution) -> Node:
        """The depthwise convolution added to `x`, and the two of 1x1."""
        filters = x.spec.channels
        with b.piece("depthwise"):
            branch = convolve(b, x, filters, conv, groups=filters)
            branch = surround(b, branch, ("activation", "norm"), conv)
        branch = self.excite(b, branch, conv)
        with b.piece("shortcut"):
            x = centre_crop(b, x, [branch])
        with b.piece("add"):
            x = add(b, branch, [x], (), conv)
        return self.mixed(b, x, filters, conv)


class CMUNeXtFusionBlock(ActivatedFirst):
    """CMUNeXt's skip fusion (Tang et al. 2024, arXiv 2308.01239, figure 2), for a decoder.

    One convolution in `groups`, of which the authors have two: the skip and what comes from below do not see
    each other there. Then two 1x1 convolutions, the first to `expansion` times the level's filters.
    """

    kind: Literal["cmunext_fusion"] = "cmunext_fusion"
    groups: int = Field(1, ge=1)
    """How many groups the first convolution has. The number must divide its channels."""

    def body(self, b: Builder, x: Node, stage: Stage, strides: Axes | None) -> Node:
        """The three convolutions on `x`; the first takes the strides."""
        channels, conv = x.spec.channels, self.convolution(stage.conv)
        if channels % self.groups:
            raise Wrong.of(
                f"does not divide the {channels} channels of {x.name}",
                got=self.groups,
                hint="use a number that divides it",
                path=("block", "groups"),
            )
        with b.piece("fuse"):
            x = unit(b, x, channels, conv, strides=strides, groups=self.groups)
        return self.excite(b, self.mixed(b, x, stage.filters[-1], conv), conv)
