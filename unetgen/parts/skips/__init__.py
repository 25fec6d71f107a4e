"""Skips: how an encoder level's output joins the decoder: `skip`."""

from unetgen.parts.part import kinds
from unetgen.parts.skips.add import AddSkip
from unetgen.parts.skips.concat import ConcatSkip

SKIPS = (ConcatSkip, AddSkip)
AnySkip = ConcatSkip | AddSkip
SkipField = kinds(*SKIPS)

__all__ = ["SKIPS", "AnySkip", "SkipField"]
