"""ResNets, as torchvision and timm have them: with a stem of their own, and four stages of residual units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from unetgen.parts.blocks.joining import add
from unetgen.parts.convolution import convolve, surround, unit
from unetgen.parts.encoders.encoder import Encoder
from unetgen.parts.encoders.origin import TORCH, Origin, max_pool
from unetgen.parts.recipe import Convolution
from unetgen.parts.squeeze_excitation import SqueezeExcitation
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import PadChannels, Pool
from unetgen.plan.ops.base import Axes

Rates = tuple[int, int]
"""The dilations of a unit's convolutions, of the one that can stride and of those after it."""
FILTERS = (64, 128, 256, 512)
"""Of the four stages, before a bottleneck multiplies them."""


@dataclass(frozen=True)
class ResNetVariant:
    """What tells one ResNet from another."""

    units: tuple[int, int, int, int]
    """How many there are in each stage."""
    bottleneck: bool = True
    """Three convolutions with four times the filters at the end, and not two."""
    groups: int = 1
    base_width: int = 64
    """The second convolution's filters for each 64 of the stage's, in every group (ResNeXt)."""
    is_deep: bool = False
    """ResNet-D: three convolutions in the stem, and shortcuts that pool."""
    excites: bool = False
    """Squeeze and excitation on each unit, by a sixteenth."""
    pads_pool: bool = True
    """The pooling behind the stem is padded by one on both sides, and not behind alone."""
    origin: Origin = TORCH
    use_bias: bool = False
    pads_shortcut: bool = False
    """Shortcuts to other sizes and channels have no weights: they are strided, with channels of zeros behind
    them, and without a gradient."""
    strides_first: bool = False
    """A bottleneck's stride is in its first convolution, as in the paper, and not in its second (v1.5)."""


_18, _50, _101 = (2, 2, 2, 2), (3, 4, 6, 3), (3, 4, 23, 3)
_34, _152 = _50, (3, 8, 36, 3)
_KERAS = replace(TORCH, epsilon=1.001e-5, momentum=0.99)
VARIANTS: Mapping[str, ResNetVariant] = {
    "resnet18": ResNetVariant(_18, bottleneck=False),
    "resnet34": ResNetVariant(_34, bottleneck=False),
    "resnet50": ResNetVariant(_50),
    "resnet101": ResNetVariant(_101),
    "resnet152": ResNetVariant(_152),
    "resnet18d": ResNetVariant(_18, bottleneck=False, is_deep=True),
    "resnet34d": ResNetVariant(_34, bottleneck=False, is_deep=True),
    "resnet50d": ResNetVariant(_50, is_deep=True),
    "resnet101d": ResNetVariant(_101, is_deep=True),
    "resnext50_32x4d": ResNetVariant(_50, groups=32, base_width=4),
    "resnext101_32x4d": ResNetVariant(_101, groups=32, base_width=4),
    "resnext101_32x8d": ResNetVariant(_101, groups=32, base_width=8),
    "seresnet50": ResNetVariant(_50, excites=True),
    "seresnet101": ResNetVariant(_101, excites=True),
    "seresnext50_32x4d": ResNetVariant(_50, groups=32, base_width=4, excites=True),
    "legacy_seresnet50": ResNetVariant(_50, excites=True, strides_first=True, pads_pool=False),
    "legacy_seresnet101": ResNetVariant(_101, excites=True, strides_first=True, pads_pool=False),
    "legacy_seresnext50_32x4d": ResNetVariant(_50, groups=32, base_width=4, excites=True, pads_pool=False),
    "legacy_seresnext101_32x4d": ResNetVariant(_101, groups=32, base_width=4, excites=True, pads_pool=False),
    "monai_resnet10": ResNetVariant((1, 1, 1, 1), bottleneck=False),
    "monai_resnet18": ResNetVariant(_18, bottleneck=False, pads_shortcut=True),
    "monai_resnet34": ResNetVariant(_34, bottleneck=False, pads_shortcut=True),
    "keras_resnet50": ResNetVariant(_50, origin=_KERAS, use_bias=True, strides_first=True),
    "keras_resnet101": ResNetVariant(_101, origin=_KERAS, use_bias=True, strides_first=True),
    "keras_resnet152": ResNetVariant(_152, origin=_KERAS, use_bias=True, strides_first=True),
}


class ResNet(Encoder):
    """Residual networks (He et al. 2016, arXiv 1512.03385), each the function of the library that has it.

    `resnet` is that of torchvision and timm, with a bottleneck's stride in its 3x3 convolution; with a `d` at
    the end it is timm's ResNet-D (arXiv 1812.01187). `resnext` has groups (arXiv 1611.05431), `seresnet`
    timm's squeeze and excitation (arXiv 1709.01507); `legacy_seresnet` is what segmentation_models_pytorch
    calls `se_resnet`, and `keras_resnet` that of keras.applications, both with the stride in the first
    convolution. `monai_resnet` is MONAI's where that is another one: those of 18 and 34 have shortcuts
    without weights and without a gradient. The first level gives nothing, the second the stem's activation,
    and the others the ends of the four stages.
    """

    variants: ClassVar[Mapping[str, ResNetVariant]] = VARIANTS

    kind: str = "resnet34"
    output_stride: Literal[8, 16] | None = None
    """Keeps the sizes from a 16th or an 8th of the input on, and dilates the convolutions that come after in
    place of striding (DeepLab, arXiv 1706.05587). Null: a 32nd is the smallest."""
    dilates: Literal["from_stride", "after_stride"] = "from_stride"
    """Says where `output_stride` begins to dilate: in the convolution that would have strided, as
    segmentation_models_pytorch does, or in the next one, as torchvision and timm do (`after_stride`)."""

    def factors(self, steps: int) -> tuple[int, ...]:
        most = self.output_stride or 2**steps
        return tuple(2 if 2 ** (step + 1) <= most else 1 for step in range(steps))

    def features(self, b: Builder, x: Node, conv: Convolution) -> Iterator[Node | None]:
        variant = VARIANTS[self.kind]
        conv = variant.origin.convolution(conv, x.spec.dims, use_bias=variant.use_bias)
        yield None
        with b.level("encoder", 1), b.part("stem"):
            x = _stem(b, x, variant, conv)
        yield x
        for stage, (units, filters) in enumerate(zip(variant.units, FILTERS, strict=True)):
            with b.level("encoder", stage + 2):
                if stage == 0:
                    with b.part("down"):
                        x = max_pool(b, x, before=int(variant.pads_pool))
                for index in range(units):
                    stride = self.factors(5)[stage + 1] if stage > 0 and index == 0 else 1
                    by = self._rates(stage, index)
                    with b.piece("block", index + 1):
                        x = _residual_unit(b, x, filters, (stride,) * x.spec.dims, variant, conv, by)
            yield x

    def _rates(self, stage: int, index: int) -> Rates:
        """The dilations of the unit `index` of a stage: by the strides that are left out."""
        rate = 2 ** self.factors(stage + 2).count(1)
        if index == 0 and self.dilates == "after_stride":
            return 2 ** self.factors(stage + 1).count(1), rate
        return rate, rate


def _stem(b: Builder, x: Node, variant: ResNetVariant, conv: Convolution) -> Node:
    """One convolution of 7, or three of 3, to 64 channels at half the size."""
    twice = (2,) * x.spec.dims
    if not variant.is_deep:
        return unit(b, x, 64, conv, kernel=(7,) * x.spec.dims, strides=twice)
    for number, filters in enumerate((32, 32, 64), start=1):
        with b.piece("conv", number):
            x = unit(b, x, filters, conv, strides=twice if number == 1 else None)
    return x


def _residual_unit(
    b: Builder, x: Node, filters: int, strides: Axes, variant: ResNetVariant, conv: Convolution, by: Rates
) -> Node:
    """The convolutions, dilated `by`, on `x`, and their sum with it; an activation follows the sum."""
    filters_out = filters * (4 if variant.bottleneck else 1)
    branch = (_bottleneck if variant.bottleneck else _basic)(b, x, filters, strides, variant, conv, by)
    if variant.excites:
        branch = SqueezeExcitation().lower(b, branch, replace(conv, use_bias=True))
    shortcut = x
    if max(strides) > 1 or x.spec.channels != filters_out:
        with b.piece("shortcut"):
            shortcut = _shortcut(b, x, filters_out, strides, variant, conv)
    with b.piece("add"):
        return add(b, branch, [shortcut], ("activation",), conv)


def _shortcut(
    b: Builder, x: Node, filters: int, strides: Axes, variant: ResNetVariant, conv: Convolution
) -> Node:
    """`x` with so many channels, at the size that the strides give."""
    ones = (1,) * x.spec.dims
    if variant.pads_shortcut:
        x = b.add(Pool("average", ones, strides), x, name="pool")
        return b.add(PadChannels(filters - x.spec.channels, is_detached=True), x)
    if variant.is_deep and max(strides) > 1:
        # Padding does not count, as with PyTorch's `ceil_mode` and without `count_include_pad`.
        x, strides = b.add(Pool("average", strides, padding="same"), x, name="pool"), ones
    x = convolve(b, x, filters, conv, kernel=ones, strides=strides)
    return surround(b, x, ("norm",), conv)


def _basic(
    b: Builder, x: Node, filters: int, strides: Axes, variant: ResNetVariant, conv: Convolution, by: Rates
) -> Node:
    with b.piece("conv", 1):
        x = unit(b, x, filters, conv, strides=strides, dilation=by[0])
    with b.piece("conv", 2):
        return surround(b, convolve(b, x, filters, conv, dilation=by[1]), ("norm",), conv)


def _bottleneck(
    b: Builder, x: Node, filters: int, strides: Axes, variant: ResNetVariant, conv: Convolution, by: Rates
) -> Node:
    ones, width = (1,) * x.spec.dims, filters * variant.base_width // 64 * variant.groups
    first, second = (strides, ones) if variant.strides_first else (ones, strides)
    with b.piece("conv", 1):
        x = unit(b, x, width, conv, kernel=ones, strides=first)
    with b.piece("conv", 2):
        x = unit(b, x, width, conv, strides=second, dilation=by[0], groups=variant.groups)
    with b.piece("conv", 3):
        return surround(b, convolve(b, x, 4 * filters, conv, kernel=ones), ("norm",), conv)
