"""Ups: how a coarser level's output reaches the finer level's size: `up`."""

from unetgen.parts.part import kinds
from unetgen.parts.ups.linear import LinearUp
from unetgen.parts.ups.nearest import NearestUp
from unetgen.parts.ups.pixel_shuffle import PixelShuffleUp
from unetgen.parts.ups.transposed import TransposedUp

UPS = (NearestUp, LinearUp, TransposedUp, PixelShuffleUp)
AnyUp = NearestUp | LinearUp | TransposedUp | PixelShuffleUp
UpField = kinds(*UPS)

__all__ = ["UPS", "AnyUp", "UpField"]
