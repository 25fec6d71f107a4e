"""ConvNeXts, as torchvision, timm and keras.applications have them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from unetgen.parts.blocks.convnext import ConvNeXtBlock
from unetgen.parts.convolution import convolve, surround
from unetgen.parts.encoders.encoder import Encoder
from unetgen.parts.encoders.origin import TORCH
from unetgen.parts.norms.layer import LayerNorm
from unetgen.parts.recipe import Convolution, Stage
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node


@dataclass(frozen=True)
class ConvNeXtVariant:
    """What tells one ConvNeXt from another."""

    blocks: tuple[int, int, int, int]
    """How many there are in each stage."""
    filters: tuple[int, int, int, int] = (96, 192, 384, 768)
    ends_normed: bool = False
    """A norm follows the last block."""


_TINY, _SMALL = (3, 3, 9, 3), (3, 3, 27, 3)
_BASE = (128, 256, 512, 1024)
VARIANTS: Mapping[str, ConvNeXtVariant] = {
    "convnext_tiny": ConvNeXtVariant(_TINY),
    "convnext_small": ConvNeXtVariant(_SMALL),
    "convnext_base": ConvNeXtVariant(_SMALL, _BASE),
    "keras_convnext_tiny": ConvNeXtVariant(_TINY, ends_normed=True),
    "keras_convnext_small": ConvNeXtVariant(_SMALL, ends_normed=True),
    "keras_convnext_base": ConvNeXtVariant(_SMALL, _BASE, ends_normed=True),
}


class ConvNeXt(Encoder):
    """ConvNeXt (Liu et al. 2022, arXiv 2201.03545).

    `convnext` is the function of torchvision and timm, `keras_convnext` that of keras.applications without
    its classifier, which has one more norm at the end. The stem takes a stride of four at once, so the first
    two levels give nothing; the others give the ends of the four stages.
    """

    variants: ClassVar[Mapping[str, ConvNeXtVariant]] = VARIANTS

    kind: str = "convnext_tiny"

    def features(self, b: Builder, x: Node, conv: Convolution) -> Iterator[Node | None]:
        variant, dims = VARIANTS[self.kind], x.spec.dims
        conv = TORCH.convolution(conv, dims, use_bias=True)
        conv = replace(conv, norm=LayerNorm(epsilon=1e-6))
        strided = replace(conv, padding="valid")
        yield None
        with b.level("encoder", 1), b.part("stem"):
            fourfold = (4,) * dims
            x = convolve(b, x, variant.filters[0], strided, kernel=fourfold, strides=fourfold)
        yield None
        for level, (blocks, filters) in enumerate(zip(variant.blocks, variant.filters, strict=True), start=2):
            with b.level("encoder", level):
                with b.part("down"):
                    x = surround(b, x, ("norm",), conv)
                    if level > 2:
                        x = convolve(b, x, filters, strided, kernel=(2,) * dims, strides=(2,) * dims)
                block = ConvNeXtBlock(repeats=blocks)
                x = block.lower(b, x, Stage(level, (filters,), conv, block), None)
                if variant.ends_normed and level == self.most_levels - 1:
                    with b.piece("end"):
                        x = surround(b, x, ("norm",), conv)
            yield x
