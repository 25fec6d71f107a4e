"""EfficientNets, in the four versions that have equal numbers of parameters and compute differently."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import ClassVar

from unetgen.parts.encoders.inverted_residual import (
    InvertedResidual,
    InvertedResidualNet,
    NetworkNumbers,
    Pads,
    rounded,
)
from unetgen.parts.encoders.origin import TORCH, Origin


@dataclass(frozen=True)
class StageNumbers:
    """Blocks that follow each other; only the first takes the stride."""

    expansion: int
    filters: int
    blocks: int
    stride: int
    kernel: int = 3
    is_fused: bool = False


V1 = (
    StageNumbers(1, 16, 1, 1),
    StageNumbers(6, 24, 2, 2),
    StageNumbers(6, 40, 2, 2, kernel=5),
    StageNumbers(6, 80, 3, 2),
    StageNumbers(6, 112, 3, 1, kernel=5),
    StageNumbers(6, 192, 4, 2, kernel=5),
    StageNumbers(6, 320, 1, 1),
)
"""B0; the others have more channels and blocks."""
V2_S = (
    StageNumbers(1, 24, 2, 1, is_fused=True),
    StageNumbers(4, 48, 4, 2, is_fused=True),
    StageNumbers(4, 64, 4, 2, is_fused=True),
    StageNumbers(4, 128, 6, 2),
    StageNumbers(6, 160, 9, 1),
    StageNumbers(6, 256, 15, 2),
)
SCALES: Mapping[str, tuple[float, float]] = {
    "b0": (1.0, 1.0),
    "b1": (1.0, 1.1),
    "b2": (1.1, 1.2),
    "b3": (1.2, 1.4),
    "b4": (1.4, 1.8),
}
"""By how much channels and blocks are multiplied."""
FIXED_PADS: Mapping[str, tuple[Pads, Pads, Pads, Pads, Pads]] = {
    "b0": ((0, 1), (0, 1), (1, 2), (0, 1), (1, 2)),
    "b1": ((0, 1), (0, 1), (1, 2), (0, 1), (2, 2)),
    "b2": ((0, 1), (0, 1), (2, 2), (1, 1), (2, 2)),
    "b3": ((0, 1), (0, 1), (2, 2), (0, 1), (2, 2)),
    "b4": ((0, 1), (0, 1), (2, 2), (0, 1), (1, 2)),
}
"""How segmentation_models_pytorch and MONAI pad strided convolutions: as TensorFlow's ``same`` would for the
size of images that a network is made for, whatever the input's."""

SWISH = replace(TORCH, activation="silu")
TENSORFLOW = Origin("same", epsilon=1e-3, momentum=0.99, activation="silu")
TIMM_TF = replace(TENSORFLOW, momentum=0.9)


def _blocks(
    stages: Sequence[StageNumbers], stem: int, pads: Sequence[Pads] = ()
) -> tuple[InvertedResidual, ...]:
    """The blocks of `stages` behind a stem of so many channels, with gates of a quarter of their inputs."""
    each = [stage for stage in stages for _ in range(stage.blocks)]
    strides = [stage.stride if n == 0 else 1 for stage in stages for n in range(stage.blocks)]
    padded = iter(pads)
    return tuple(
        InvertedResidual(
            expanded=taken * stage.expansion,
            filters=stage.filters,
            kernel=stage.kernel,
            stride=stride,
            squeezed=0 if stage.is_fused else max(1, taken // 4),
            is_fused=stage.is_fused,
            pads=next(padded, None) if stride > 1 else None,
        )
        for taken, stage, stride in zip([stem, *(s.filters for s in each)], each, strides, strict=False)
    )


def _v1(size: str, origin: Origin, pads: Sequence[Pads] = ()) -> NetworkNumbers:
    width, depth = SCALES[size]
    stages = [
        replace(stage, filters=rounded(stage.filters * width), blocks=ceil(stage.blocks * depth))
        for stage in V1
    ]
    stem = rounded(32 * width)
    blocks = _blocks(stages, stem, pads)
    return NetworkNumbers(origin, stem, blocks)


def _of_monai(size: str) -> NetworkNumbers:
    """The network with fixed padding."""
    stem_pads, *pads = FIXED_PADS[size]
    return replace(_v1(size, TENSORFLOW, pads), stem_pads=stem_pads)


def _of_smp(size: str) -> NetworkNumbers:
    """The same, and what segmentation_models_pytorch's decoders take of it."""
    network = _of_monai(size)
    # Of B0's fifth stage it is the first block, by a slip; of the others' the last.
    blocks = tuple(
        replace(block, is_given=size == "b0" and number == 9)
        for number, block in enumerate(network.blocks, start=1)
    )
    return replace(network, blocks=blocks, gives_stem=True)


def _of_keras(size: str) -> NetworkNumbers:
    """The network with the 1x1 convolution that keras.applications keeps without a classifier too."""
    return replace(_v1(size, TENSORFLOW), last=rounded(1280 * SCALES[size][0]))


VARIANTS: Mapping[str, NetworkNumbers] = {
    **{f"efficientnet_{size}": _v1(size, SWISH) for size in SCALES},
    **{f"tf_efficientnet_{size}": _v1(size, TIMM_TF) for size in SCALES},
    **{f"keras_efficientnet_{size}": _of_keras(size) for size in SCALES},
    **{f"smp_efficientnet_{size}": _of_smp(size) for size in SCALES},
    **{f"monai_efficientnet_{size}": _of_monai(size) for size in SCALES},
    "efficientnet_v2_s": NetworkNumbers(replace(SWISH, epsilon=1e-3), 24, _blocks(V2_S, 24)),
    "tf_efficientnet_v2_s": NetworkNumbers(TIMM_TF, 24, _blocks(V2_S, 24)),
    "keras_efficientnet_v2_s": NetworkNumbers(TIMM_TF, 24, _blocks(V2_S, 24), last=1280),
}


class EfficientNet(InvertedResidualNet):
    """EfficientNet (Tan and Le 2019, arXiv 1905.11946) and V2 (2021, arXiv 2104.00298), of several origins.

    `efficientnet` is the function of torchvision and timm, `tf_efficientnet` that of timm's networks with
    weights from TensorFlow, `keras_efficientnet` that of keras.applications behind its preprocessing,
    `smp_efficientnet` that of segmentation_models_pytorch's `efficientnet-b0` to `efficientnet-b4`, and
    `monai_efficientnet` that of MONAI's FlexibleUNet; the last two pad as for images of one size. The first
    level gives nothing, the others the ends of their blocks; but the second of `smp_efficientnet` gives the
    stem, and the last of `keras_efficientnet` a 1x1 convolution. No block is left out at random in training.
    """

    variants: ClassVar[Mapping[str, NetworkNumbers]] = VARIANTS

    kind: str = "efficientnet_b0"

    def network(self) -> NetworkNumbers:
        return VARIANTS[self.kind]
