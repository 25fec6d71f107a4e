"""Blocks: what stands at each level, on the way down and up: `block`."""

from typing import TYPE_CHECKING, Annotated, TypeAlias

from unetgen.parts.blocks.block import LevelPart
from unetgen.parts.choice import Kinds
from unetgen.parts.homes import Homes

if TYPE_CHECKING:
    from unetgen.parts.blocks.bottleneck import BottleneckBlock
    from unetgen.parts.blocks.cmunext import CMUNeXtBlock, CMUNeXtFusionBlock
    from unetgen.parts.blocks.convnext import ConvNeXtBlock
    from unetgen.parts.blocks.dense import DenseBlock
    from unetgen.parts.blocks.depthwise_separable import DepthwiseSeparableBlock
    from unetgen.parts.blocks.dilated import DilatedBlock
    from unetgen.parts.blocks.multires import MultiResBlock
    from unetgen.parts.blocks.naf import NafBlock
    from unetgen.parts.blocks.none import NoBlock
    from unetgen.parts.blocks.plain import PlainBlock
    from unetgen.parts.blocks.recurrent import RecurrentBlock
    from unetgen.parts.blocks.residual import ResidualBlock
    from unetgen.parts.blocks.rsu import RsuBlock
    from unetgen.parts.blocks.vnet import VNetBlock

    AnyBlock: TypeAlias = (
        PlainBlock
        | ResidualBlock
        | BottleneckBlock
        | VNetBlock
        | RecurrentBlock
        | DenseBlock
        | DilatedBlock
        | DepthwiseSeparableBlock
        | ConvNeXtBlock
        | NafBlock
        | CMUNeXtBlock
        | CMUNeXtFusionBlock
        | MultiResBlock
        | RsuBlock
        | NoBlock
    )
else:
    AnyBlock = LevelPart  # each kind is imported when a config names it

BLOCKS: Homes[LevelPart] = Homes(
    __name__,
    {
        "plain": "plain.PlainBlock",
        "residual": "residual.ResidualBlock",
        "bottleneck": "bottleneck.BottleneckBlock",
        "vnet": "vnet.VNetBlock",
        "recurrent": "recurrent.RecurrentBlock",
        "dense": "dense.DenseBlock",
        "dilated": "dilated.DilatedBlock",
        "depthwise_separable": "depthwise_separable.DepthwiseSeparableBlock",
        "convnext": "convnext.ConvNeXtBlock",
        "naf": "naf.NafBlock",
        "cmunext": "cmunext.CMUNeXtBlock",
        "cmunext_fusion": "cmunext.CMUNeXtFusionBlock",
        "multires": "multires.MultiResBlock",
        "rsu": "rsu.RsuBlock",
        "none": "none.NoBlock",
    },
)
BlockField = Annotated[AnyBlock, Kinds("block", BLOCKS, base=LevelPart)]

__all__ = ["BLOCKS", "AnyBlock", "BlockField"]
