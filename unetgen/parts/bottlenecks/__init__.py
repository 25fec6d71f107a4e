"""Bottlenecks: what stands behind the bottom level's block: `bottleneck`."""

from typing import Annotated, get_args

from unetgen.parts.bottlenecks.aspp import AsppBottleneck
from unetgen.parts.bottlenecks.bottleneck import Bottleneck
from unetgen.parts.bottlenecks.convs import ConvsBottleneck
from unetgen.parts.bottlenecks.none import NoBottleneck
from unetgen.parts.bottlenecks.position_attention import PositionAttentionBottleneck
from unetgen.parts.bottlenecks.pyramid_attention import PyramidAttentionBottleneck
from unetgen.parts.bottlenecks.pyramid_pooling import PyramidPoolingBottleneck
from unetgen.parts.bottlenecks.self_attention import SelfAttentionBottleneck
from unetgen.parts.choice import Kinds

AnyBottleneck = (
    NoBottleneck
    | ConvsBottleneck
    | AsppBottleneck
    | SelfAttentionBottleneck
    | PositionAttentionBottleneck
    | PyramidAttentionBottleneck
    | PyramidPoolingBottleneck
)
BOTTLENECKS: tuple[type[Bottleneck], ...] = get_args(AnyBottleneck)
BottleneckField = Annotated[AnyBottleneck, Kinds("bottleneck", AnyBottleneck, base=Bottleneck)]

__all__ = ["BOTTLENECKS", "AnyBottleneck", "BottleneckField"]
