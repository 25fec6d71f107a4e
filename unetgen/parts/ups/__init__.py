"""Ups: how a coarser level's output reaches the finer level's size: `up`."""

from typing import TYPE_CHECKING, Annotated, TypeAlias

from unetgen.parts.choice import Kinds
from unetgen.parts.homes import Homes
from unetgen.parts.ups.up import Up

if TYPE_CHECKING:
    from unetgen.parts.ups.bottleneck import BottleneckUp
    from unetgen.parts.ups.linear import LinearUp
    from unetgen.parts.ups.mednext import MedNeXtUp
    from unetgen.parts.ups.nearest import NearestUp
    from unetgen.parts.ups.pixel_shuffle import PixelShuffleUp
    from unetgen.parts.ups.transposed import TransposedUp

    AnyUp: TypeAlias = NearestUp | LinearUp | TransposedUp | PixelShuffleUp | BottleneckUp | MedNeXtUp
else:
    AnyUp = Up  # each kind is imported when a config names it

UPS: Homes[Up] = Homes(
    __name__,
    {
        "nearest": "nearest.NearestUp",
        "linear": "linear.LinearUp",
        "transposed": "transposed.TransposedUp",
        "pixel_shuffle": "pixel_shuffle.PixelShuffleUp",
        "bottleneck": "bottleneck.BottleneckUp",
        "mednext": "mednext.MedNeXtUp",
    },
)
UpField = Annotated[AnyUp, Kinds("up", UPS, base=Up)]

__all__ = ["UPS", "AnyUp", "UpField"]
