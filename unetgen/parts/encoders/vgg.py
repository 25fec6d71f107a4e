"""VGG networks, as torchvision and segmentation_models_pytorch have them: rows of 3x3 convolutions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from unetgen.parts.convolution import unit
from unetgen.parts.encoders.encoder import Encoder
from unetgen.parts.encoders.origin import TORCH
from unetgen.parts.recipe import Convolution
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Pool

FILTERS = (64, 128, 256, 512, 512)


@dataclass(frozen=True)
class VGGVariant:
    """What tells one VGG from another."""

    convs: tuple[int, int, int, int, int]
    """How many there are before each pooling."""
    has_norm: bool = False
    """Batch normalization behind each convolution, which keeps its bias."""


_11, _13, _16, _19 = (1, 1, 2, 2, 2), (2, 2, 2, 2, 2), (2, 2, 3, 3, 3), (2, 2, 4, 4, 4)
VARIANTS: Mapping[str, VGGVariant] = {
    "vgg11": VGGVariant(_11),
    "vgg13": VGGVariant(_13),
    "vgg16": VGGVariant(_16),
    "vgg19": VGGVariant(_19),
    "vgg11_bn": VGGVariant(_11, has_norm=True),
    "vgg13_bn": VGGVariant(_13, has_norm=True),
    "vgg16_bn": VGGVariant(_16, has_norm=True),
    "vgg19_bn": VGGVariant(_19, has_norm=True),
}


class VGG(Encoder):
    """Plain deep networks (Simonyan and Zisserman 2015, arXiv 1409.1556), as torchvision has them.

    Five levels give the last activation before their max pooling; the sixth is the last pooling alone. `bn`
    has batch normalization behind each convolution.
    """

    variants: ClassVar[Mapping[str, VGGVariant]] = VARIANTS

    kind: str = "vgg16"

    def features(self, b: Builder, x: Node, conv: Convolution) -> Iterator[Node | None]:
        variant = VARIANTS[self.kind]
        conv = TORCH.convolution(conv, x.spec.dims, use_bias=True)
        if not variant.has_norm:
            conv = replace(conv, order=("conv", "activation"))
        for level, (convs, filters) in enumerate(zip(variant.convs, FILTERS, strict=True)):
            with b.level("encoder", level):
                x = _pooled(b, x) if level > 0 else x
                for number in range(1, convs + 1):
                    with b.piece("conv", number):
                        x = unit(b, x, filters, conv)
            yield x
        with b.level("encoder", len(FILTERS)):
            x = _pooled(b, x)
        yield x


def _pooled(b: Builder, x: Node) -> Node:
    with b.part("down"):
        return b.add(Pool("max", (2,) * x.spec.dims), x)
