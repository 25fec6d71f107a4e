"""Blocks: what stands at each level, on the way down and up: `block`."""

from typing import Annotated, get_args

from unetgen.parts.blocks.block import LevelPart
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
from unetgen.parts.choice import Kinds

AnyBlock = (
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
BLOCKS: tuple[type[LevelPart], ...] = get_args(AnyBlock)
BlockField = Annotated[AnyBlock, Kinds("block", AnyBlock, base=LevelPart)]

__all__ = ["BLOCKS", "AnyBlock", "BlockField"]
