"""What ConvNeXt's block and MedNeXt's ways down and up share: to many channels by 1x1, and back."""

from __future__ import annotations

from dataclasses import replace

from unetgen.parts.activation import ActivationChoice
from unetgen.parts.convolution import convolve, surround
from unetgen.parts.norms import AnyNorm
from unetgen.parts.recipe import Convolution
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node


def own_convolution(
    conv: Convolution, norm: AnyNorm | None, activation: ActivationChoice | None
) -> Convolution:
    """`conv` with a part's own norm and activation, where it has these."""
    return replace(conv, norm=norm or conv.norm, activation=activation or conv.activation)


def widened(b: Builder, x: Node, filters: int, expansion: int, conv: Convolution) -> Node:
    """`x` after a 1x1 convolution to `expansion` times its channels, an activation, and one to `filters`."""
    ones = (1,) * x.spec.dims
    with b.piece("expand"):
        x = convolve(b, x, x.spec.channels * expansion, conv, kernel=ones)
        x = surround(b, x, ("activation",), conv)
    with b.piece("reduce"):
        return convolve(b, x, filters, conv, kernel=ones)
