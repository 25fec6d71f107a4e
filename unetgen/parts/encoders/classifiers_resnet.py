"""Pre-activated ResNets as image-classifiers has them, on which segmentation_models builds in Keras."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from unetgen.parts.blocks.joining import add
from unetgen.parts.convolution import convolve, surround, unit
from unetgen.parts.encoders.encoder import Encoder
from unetgen.parts.encoders.origin import TORCH, max_pool
from unetgen.parts.encoders.resnet import FILTERS
from unetgen.parts.norms.batch import BatchNorm
from unetgen.parts.recipe import Convolution
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops.base import Axes


@dataclass(frozen=True)
class ClassifiersVariant:
    """What tells one of these ResNets from another."""

    units: tuple[int, int, int, int]
    """How many there are in each stage."""
    bottleneck: bool = False
    """Three convolutions with four times the filters at the end, and not two."""


VARIANTS: Mapping[str, ClassifiersVariant] = {
    "image_classifiers_resnet18": ClassifiersVariant((2, 2, 2, 2)),
    "image_classifiers_resnet34": ClassifiersVariant((3, 4, 6, 3)),
    "image_classifiers_resnet50": ClassifiersVariant((3, 4, 6, 3), bottleneck=True),
    "image_classifiers_resnet101": ClassifiersVariant((3, 4, 23, 3), bottleneck=True),
    "image_classifiers_resnet152": ClassifiersVariant((3, 8, 36, 3), bottleneck=True),
}
ORIGIN = replace(TORCH, epsilon=2e-5, momentum=0.99)


class ClassifiersResNet(Encoder):
    """Residual networks with pre-activation (He et al. 2016, arXiv 1603.05027), of image-classifiers 1.0.

    Norm and activation stand before each convolution; the image is normalized first, without a learned scale,
    so that it may have any range. A stage begins with a unit whose shortcut is a convolution of the activated
    input. The first level gives nothing, the second the stem's activation, and the others the activated sum
    of their units: the next stage begins with it.
    """

    variants: ClassVar[Mapping[str, ClassifiersVariant]] = VARIANTS

    kind: str = "image_classifiers_resnet34"

    def features(self, b: Builder, x: Node, conv: Convolution) -> Iterator[Node | None]:
        variant, dims = VARIANTS[self.kind], x.spec.dims
        conv = ORIGIN.convolution(conv, dims)
        image = BatchNorm(epsilon=ORIGIN.epsilon, momentum=ORIGIN.momentum, scale=False)
        yield None
        with b.level("encoder", 1), b.part("stem"):
            x = surround(b, x, ("norm",), replace(conv, norm=image), name="image")
            x = unit(b, x, FILTERS[0], conv, kernel=(7,) * dims, strides=(2,) * dims)
        yield x
        conv = replace(conv, order=("norm", "activation", "conv"))
        for stage, (units, filters) in enumerate(zip(variant.units, FILTERS, strict=True)):
            with b.level("encoder", stage + 2):
                if stage == 0:
                    with b.part("down"):
                        x = surround(b, max_pool(b, x), ("norm", "activation"), conv)
                for index in range(units):
                    strides = (2 if stage > 0 and index == 0 else 1,) * dims
                    with b.piece("block", index + 1):
                        x = _unit(b, x, filters, strides, variant, conv, is_first=index == 0)
                with b.piece("end"):
                    x = surround(b, x, ("norm", "activation"), conv)
            yield x


def _unit(
    b: Builder,
    x: Node,
    filters: int,
    strides: Axes,
    variant: ClassifiersVariant,
    conv: Convolution,
    *,
    is_first: bool,
) -> Node:
    """The convolutions on `x`, and their sum with it; the first unit's `x` is activated, and projected."""
    ones, filters_out = (1,) * len(strides), filters * (4 if variant.bottleneck else 1)
    branch = shortcut = x
    if is_first:
        with b.piece("shortcut"):
            shortcut = convolve(b, x, filters_out, conv, kernel=ones, strides=strides)
    if variant.bottleneck:
        convs = [(filters, ones, ones), (filters, conv.kernel, strides), (filters_out, ones, ones)]
    else:
        convs = [(filters, conv.kernel, strides), (filters, conv.kernel, ones)]
    for number, (width, kernel, steps) in enumerate(convs, start=1):
        with b.piece("conv", number):
            is_bare = is_first and number == 1
            branch = unit(b, branch, width, conv, kernel=kernel, strides=steps, bare_input=is_bare)
    with b.piece("add"):
        return add(b, branch, [shortcut], (), conv)
