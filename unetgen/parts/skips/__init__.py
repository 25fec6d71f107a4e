"""Skips: how an encoder level's output joins the decoder: `skip`."""

from unetgen.parts.part import kinds
from unetgen.parts.skips.add import AddSkip
from unetgen.parts.skips.attention import AttentionSkip
from unetgen.parts.skips.concat import ConcatSkip
from unetgen.parts.skips.crop import CropSkip

SKIPS = (ConcatSkip, AddSkip, AttentionSkip, CropSkip)
AnySkip = ConcatSkip | AddSkip | AttentionSkip | CropSkip
SkipField = kinds(*SKIPS)

__all__ = ["SKIPS", "AnySkip", "SkipField"]
