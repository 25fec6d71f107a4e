"""Bottlenecks: what stands behind the bottom level's block: `bottleneck`."""

from typing import TYPE_CHECKING, Annotated, TypeAlias

from unetgen.parts.bottlenecks.bottleneck import Bottleneck
from unetgen.parts.choice import Kinds
from unetgen.parts.homes import Homes

if TYPE_CHECKING:
    from unetgen.parts.bottlenecks.aspp import AsppBottleneck
    from unetgen.parts.bottlenecks.convs import ConvsBottleneck
    from unetgen.parts.bottlenecks.none import NoBottleneck
    from unetgen.parts.bottlenecks.position_attention import PositionAttentionBottleneck
    from unetgen.parts.bottlenecks.pyramid_attention import PyramidAttentionBottleneck
    from unetgen.parts.bottlenecks.pyramid_pooling import PyramidPoolingBottleneck
    from unetgen.parts.bottlenecks.self_attention import SelfAttentionBottleneck

    AnyBottleneck: TypeAlias = (
        NoBottleneck
        | ConvsBottleneck
        | AsppBottleneck
        | SelfAttentionBottleneck
        | PositionAttentionBottleneck
        | PyramidAttentionBottleneck
        | PyramidPoolingBottleneck
    )
else:
    AnyBottleneck = Bottleneck  # each kind is imported when a config names it

BOTTLENECKS: Homes[Bottleneck] = Homes(
    __name__,
    {
        "none": "none.NoBottleneck",
        "convs": "convs.ConvsBottleneck",
        "aspp": "aspp.AsppBottleneck",
        "self_attention": "self_attention.SelfAttentionBottleneck",
        "position_attention": "position_attention.PositionAttentionBottleneck",
        "pyramid_attention": "pyramid_attention.PyramidAttentionBottleneck",
        "pyramid_pooling": "pyramid_pooling.PyramidPoolingBottleneck",
    },
)
BottleneckField = Annotated[AnyBottleneck, Kinds("bottleneck", BOTTLENECKS, base=Bottleneck)]

__all__ = ["BOTTLENECKS", "AnyBottleneck", "BottleneckField"]
