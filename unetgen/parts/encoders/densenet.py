"""DenseNets, as torchvision, segmentation_models_pytorch and keras.applications have them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from unetgen.parts.convolution import convolve, surround, unit
from unetgen.parts.encoders.encoder import Encoder
from unetgen.parts.encoders.origin import TORCH, Origin, max_pool
from unetgen.parts.recipe import Convolution
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Concat, Pool


@dataclass(frozen=True)
class DenseNetVariant:
    """What tells one DenseNet from another."""

    blocks: tuple[int, int, int, int]
    """How many there are in each stage."""
    growth: int = 32
    stem: int = 64
    origin: Origin = TORCH
    activates_end: bool = False
    """An activation follows the last norm."""


_121, _169, _201 = (6, 12, 24, 16), (6, 12, 32, 32), (6, 12, 48, 32)
_KERAS = replace(TORCH, epsilon=1.001e-5, momentum=0.99)
VARIANTS: Mapping[str, DenseNetVariant] = {
    "densenet121": DenseNetVariant(_121),
    "densenet169": DenseNetVariant(_169),
    "densenet201": DenseNetVariant(_201),
    "densenet161": DenseNetVariant((6, 12, 36, 24), growth=48, stem=96),
    "keras_densenet121": DenseNetVariant(_121, origin=_KERAS, activates_end=True),
    "keras_densenet169": DenseNetVariant(_169, origin=_KERAS, activates_end=True),
    "keras_densenet201": DenseNetVariant(_201, origin=_KERAS, activates_end=True),
}


class DenseNet(Encoder):
    """Densely connected networks (Huang et al. 2017, arXiv 1608.06993).

    `densenet` is the function of torchvision, of which segmentation_models_pytorch takes the same tensors;
    `keras_densenet` that of keras.applications. The first level gives nothing, the second the stem's
    activation, the next three the activation with which a transition begins, and the last its norm.
    """

    variants: ClassVar[Mapping[str, DenseNetVariant]] = VARIANTS

    kind: str = "densenet121"

    def features(self, b: Builder, x: Node, conv: Convolution) -> Iterator[Node | None]:
        variant, dims = VARIANTS[self.kind], x.spec.dims
        conv, twice = variant.origin.convolution(conv, dims), (2,) * dims
        yield None
        with b.level("encoder", 1), b.part("stem"):
            x = unit(b, x, variant.stem, conv, kernel=(7,) * dims, strides=twice)
        yield x
        conv = replace(conv, order=("norm", "activation", "conv"))
        for stage, blocks in enumerate(variant.blocks):
            is_last = stage + 1 == len(variant.blocks)
            with b.level("encoder", stage + 2):
                with b.part("down"):
                    x = _transition(b, x, conv) if stage > 0 else max_pool(b, x)
                for number in range(1, blocks + 1):
                    with b.piece("block", number):
                        x = _dense(b, x, variant.growth, conv)
                activates = not is_last or variant.activates_end
                with b.piece("end"):
                    x = surround(b, x, ("norm", "activation") if activates else ("norm",), conv)
            yield x


def _transition(b: Builder, x: Node, conv: Convolution) -> Node:
    """Half of the channels, at half the size."""
    ones, twice = (1,) * x.spec.dims, (2,) * x.spec.dims
    x = convolve(b, x, x.spec.channels // 2, conv, kernel=ones, name="conv")
    return b.add(Pool("average", twice), x)


def _dense(b: Builder, x: Node, growth: int, conv: Convolution) -> Node:
    """`x`, and so many further channels made of it."""
    with b.piece("conv", 1):
        new = unit(b, x, 4 * growth, conv, kernel=(1,) * x.spec.dims)
    with b.piece("conv", 2):
        new = unit(b, new, growth, conv)
    with b.piece("concat"):
        return b.add(Concat(), x, new)
