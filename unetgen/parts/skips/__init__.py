"""Skips: how an encoder level's output joins the decoder: `skip`."""

from typing import TYPE_CHECKING, Annotated, TypeAlias

from unetgen.parts.choice import Kinds
from unetgen.parts.homes import Homes
from unetgen.parts.skips.skip import Skip

if TYPE_CHECKING:
    from unetgen.parts.skips.add import AddSkip
    from unetgen.parts.skips.attention import AttentionSkip
    from unetgen.parts.skips.concat import ConcatSkip
    from unetgen.parts.skips.crop import CropSkip
    from unetgen.parts.skips.fusion_attention import FusionAttentionSkip
    from unetgen.parts.skips.global_attention import GlobalAttentionSkip
    from unetgen.parts.skips.none import NoSkip
    from unetgen.parts.skips.res_path import ResPathSkip

    AnySkip: TypeAlias = (
        ConcatSkip
        | AddSkip
        | AttentionSkip
        | FusionAttentionSkip
        | GlobalAttentionSkip
        | CropSkip
        | ResPathSkip
        | NoSkip
    )
else:
    AnySkip = Skip  # each kind is imported when a config names it

SKIPS: Homes[Skip] = Homes(
    __name__,
    {
        "concat": "concat.ConcatSkip",
        "add": "add.AddSkip",
        "attention": "attention.AttentionSkip",
        "fusion_attention": "fusion_attention.FusionAttentionSkip",
        "global_attention": "global_attention.GlobalAttentionSkip",
        "crop": "crop.CropSkip",
        "res_path": "res_path.ResPathSkip",
        "none": "none.NoSkip",
    },
)
SkipField = Annotated[AnySkip, Kinds("skip", SKIPS, base=Skip)]

__all__ = ["SKIPS", "AnySkip", "SkipField"]
