"""Bottlenecks: what stands behind the bottom level's block: `bottleneck`."""

from unetgen.parts.bottlenecks.none import NoBottleneck
from unetgen.parts.part import kinds

BOTTLENECKS = (NoBottleneck,)
AnyBottleneck = NoBottleneck
BottleneckField = kinds(*BOTTLENECKS)

__all__ = ["BOTTLENECKS", "AnyBottleneck", "BottleneckField"]
