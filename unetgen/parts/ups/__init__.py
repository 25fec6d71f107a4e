"""Ups: how a coarser level's output reaches the finer level's size: `up`."""

from typing import Annotated, get_args

from unetgen.parts.choice import Kinds
from unetgen.parts.ups.bottleneck import BottleneckUp
from unetgen.parts.ups.linear import LinearUp
from unetgen.parts.ups.mednext import MedNeXtUp
from unetgen.parts.ups.nearest import NearestUp
from unetgen.parts.ups.pixel_shuffle import PixelShuffleUp
from unetgen.parts.ups.transposed import TransposedUp
from unetgen.parts.ups.up import Up

AnyUp = NearestUp | LinearUp | TransposedUp | PixelShuffleUp | BottleneckUp | MedNeXtUp
UPS: tuple[type[Up], ...] = get_args(AnyUp)
UpField = Annotated[AnyUp, Kinds("up", AnyUp, base=Up)]

__all__ = ["UPS", "AnyUp", "UpField"]
