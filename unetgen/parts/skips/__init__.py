"""Skips: how an encoder level's output joins the decoder: `skip`."""

from typing import Annotated, get_args

from unetgen.parts.choice import Kinds
from unetgen.parts.skips.add import AddSkip
from unetgen.parts.skips.attention import AttentionSkip
from unetgen.parts.skips.concat import ConcatSkip
from unetgen.parts.skips.crop import CropSkip
from unetgen.parts.skips.fusion_attention import FusionAttentionSkip
from unetgen.parts.skips.global_attention import GlobalAttentionSkip
from unetgen.parts.skips.none import NoSkip
from unetgen.parts.skips.res_path import ResPathSkip
from unetgen.parts.skips.skip import Skip

AnySkip = (
    ConcatSkip
    | AddSkip
    | AttentionSkip
    | FusionAttentionSkip
    | GlobalAttentionSkip
    | CropSkip
    | ResPathSkip
    | NoSkip
)
SKIPS: tuple[type[Skip], ...] = get_args(AnySkip)
SkipField = Annotated[AnySkip, Kinds("skip", AnySkip, base=Skip)]

__all__ = ["SKIPS", "AnySkip", "SkipField"]
