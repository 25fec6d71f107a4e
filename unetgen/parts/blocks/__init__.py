"""Blocks: what stands at each level, on the way down and up: `block`."""

from unetgen.parts.blocks.plain import PlainBlock
from unetgen.parts.blocks.residual import ResidualBlock
from unetgen.parts.part import kinds

BLOCKS = (PlainBlock, ResidualBlock)
AnyBlock = PlainBlock | ResidualBlock
BlockField = kinds(*BLOCKS)

__all__ = ["BLOCKS", "AnyBlock", "BlockField"]
