"""Blocks: what stands at each level, on the way down and up: `block`."""

from unetgen.parts.blocks.bottleneck import BottleneckBlock
from unetgen.parts.blocks.convnext import ConvNeXtBlock
from unetgen.parts.blocks.dense import DenseBlock
from unetgen.parts.blocks.depthwise_separable import DepthwiseSeparableBlock
from unetgen.parts.blocks.dilated import DilatedBlock
from unetgen.parts.blocks.plain import PlainBlock
from unetgen.parts.blocks.recurrent import RecurrentBlock
from unetgen.parts.blocks.residual import ResidualBlock
from unetgen.parts.blocks.rsu import RsuBlock
from unetgen.parts.blocks.vnet import VNetBlock
from unetgen.parts.part import kinds

BLOCKS = (
    PlainBlock,
    ResidualBlock,
    BottleneckBlock,
    VNetBlock,
    RecurrentBlock,
    DenseBlock,
    DilatedBlock,
    DepthwiseSeparableBlock,
    ConvNeXtBlock,
    RsuBlock,
)
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
    | RsuBlock
)
BlockField = kinds(*BLOCKS)

__all__ = ["BLOCKS", "AnyBlock", "BlockField"]
