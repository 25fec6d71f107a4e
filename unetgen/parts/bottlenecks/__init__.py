"""Bottlenecks: what stands behind the bottom level's block: `bottleneck`."""

from unetgen.parts.bottlenecks.aspp import AsppBottleneck
from unetgen.parts.bottlenecks.none import NoBottleneck
from unetgen.parts.bottlenecks.self_attention import SelfAttentionBottleneck
from unetgen.parts.part import kinds

BOTTLENECKS = (NoBottleneck, AsppBottleneck, SelfAttentionBottleneck)
AnyBottleneck = NoBottleneck | AsppBottleneck | SelfAttentionBottleneck
BottleneckField = kinds(*BOTTLENECKS)

__all__ = ["BOTTLENECKS", "AnyBottleneck", "BottleneckField"]
