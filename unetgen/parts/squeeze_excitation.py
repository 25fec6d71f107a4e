"""Squeeze and excitation: a learned gate on a block's features: `block.squeeze_excitation`."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field

from unetgen.parts.activation import FAMILY, ActivationChoice, ActivationField
from unetgen.parts.choice import Short
from unetgen.parts.convolution import convolve, require_divisible
from unetgen.parts.part import Part
from unetgen.parts.recipe import Convolution
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Activation, Add, GlobalPool, Multiply

Kind = Literal["channel", "spatial", "both"]


class SqueezeExcitation(Part):
    """A gate from 0 to 1 on a block's features. A bare name sets `kind`.

    `channel` (Hu et al. 2018, arXiv 1709.01507): the average over all positions, a 1x1 convolution to
    channels / ratio, the activation, a 1x1 convolution back and a sigmoid: one factor a channel. `spatial`
    (Roy et al. 2018, arXiv 1803.02579): a 1x1 convolution to one channel and a sigmoid: one factor a
    position. `both`: the two gated tensors, added (the same paper's scSE).
    """

    kind: Kind = "channel"
    """Chooses the gate: one factor for each channel (`channel`), one for each position (`spatial`), or the
    sum of the two gated tensors (`both`)."""
    ratio: int = Field(16, ge=1)
    """Squeezes the channel gate to channels / ratio, at least one: 16 in Hu et al., 2 in Roy et al."""
    activation: ActivationField = ActivationChoice.parse(FAMILY, "relu")
    """Sets the activation between the two convolutions of the channel gate."""
    use_bias: bool = True
    """Gives the gates' convolutions a bias."""

    def lower(self, b: Builder, x: Node, conv: Convolution) -> Node:
        """`x` gated, at the same size, in a piece of its own."""
        gated: list[Node] = []
        with b.piece("squeeze_excitation"):
            if self.kind != "spatial":
                with b.piece("channel"):
                    gated.append(b.add(Multiply(), x, self.channel_factor(b, x, conv)))
            if self.kind != "channel":
                with b.piece("spatial"):
                    gated.append(self._spatial(b, x, conv))
            return gated[0] if len(gated) == 1 else b.add(Add(), *gated)

    def channel_factor(self, b: Builder, x: Node, conv: Convolution) -> Node:
        """The factor for each channel of `x`, at the present place."""
        squeezed = max(x.spec.channels // self.ratio, 1)
        conv = replace(conv, activation=self.activation, use_bias=self.use_bias)
        return channel_factor(b, x, squeezed, conv)

    def _spatial(self, b: Builder, x: Node, conv: Convolution) -> Node:
        ones = (1,) * x.spec.dims
        gate = convolve(b, x, 1, conv, kernel=ones, use_bias=self.use_bias, name="squeeze")
        gate = b.add(Activation("sigmoid"), gate, name="gate")
        return b.add(Multiply(), x, gate)


def channel_gate(b: Builder, x: Node, squeezed: int, conv: Convolution, gate: str = "sigmoid") -> Node:
    """`x` times its `channel_factor`."""
    return b.add(Multiply(), x, channel_factor(b, x, squeezed, conv, gate))


def channel_factor(b: Builder, x: Node, squeezed: int, conv: Convolution, gate: str = "sigmoid") -> Node:
    """A factor for each channel of `x`, made of the averages over all positions.

    Two convolutions of 1x1, to `squeezed` channels and back, and the activation between them are as `conv`
    says; the activation `gate` ends them.
    """
    channels, ones, op = x.spec.channels, (1,) * x.spec.dims, conv.activation.op()
    factor = b.add(GlobalPool("average"), x, name="pool")
    factor = convolve(b, factor, squeezed, conv, kernel=ones, name="squeeze")
    require_divisible(op, factor)
    factor = b.add(op, factor, name="activation")
    factor = convolve(b, factor, channels, conv, kernel=ones, name="excite")
    return b.add(Activation(gate), factor, name="gate")


SqueezeExcitationField = Annotated[
    SqueezeExcitation | None, Short("kind", (str,), "channel, spatial or both")
]
"""null, a bare kind, or {kind, ratio, activation, use_bias}."""
