"""MobileNets, as torchvision and timm have them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import ClassVar

from unetgen.parts.encoders.inverted_residual import (
    InvertedResidual,
    InvertedResidualNet,
    NetworkNumbers,
    rounded,
)
from unetgen.parts.encoders.origin import TORCH, Origin

# Of each stage: expansion, filters, blocks, stride of the first.
_V2_STAGES = (
    (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
)  # fmt: skip


def _v2() -> tuple[InvertedResidual, ...]:
    filters = [32, *(filters for _, filters, blocks, _ in _V2_STAGES for _ in range(blocks))]
    strides = [stride if n == 0 else 1 for *_, blocks, stride in _V2_STAGES for n in range(blocks)]
    expansions = [expansion for expansion, _, blocks, _ in _V2_STAGES for _ in range(blocks)]
    return tuple(
        InvertedResidual(taken * expansion, given, stride=stride)
        for (taken, given), expansion, stride in zip(pairwise(filters), expansions, strides, strict=True)
    )


# Of each block: kernel, expanded, filters, gate, activation, stride.
_V3_LARGE = (
    (3, 16, 16, False, "relu", 1),
    (3, 64, 24, False, "relu", 2), (3, 72, 24, False, "relu", 1),
    (5, 72, 40, True, "relu", 2), (5, 120, 40, True, "relu", 1), (5, 120, 40, True, "relu", 1),
    (3, 240, 80, False, "hard_silu", 2), (3, 200, 80, False, "hard_silu", 1),
    (3, 184, 80, False, "hard_silu", 1), (3, 184, 80, False, "hard_silu", 1),
    (3, 480, 112, True, "hard_silu", 1), (3, 672, 112, True, "hard_silu", 1),
    (5, 672, 160, True, "hard_silu", 2), (5, 960, 160, True, "hard_silu", 1),
    (5, 960, 160, True, "hard_silu", 1),
)  # fmt: skip
_V3_SMALL = (
    (3, 16, 16, True, "relu", 2),
    (3, 72, 24, False, "relu", 2), (3, 88, 24, False, "relu", 1),
    (5, 96, 40, True, "hard_silu", 2), (5, 240, 40, True, "hard_silu", 1), (5, 240, 40, True, "hard_silu", 1),
    (5, 120, 48, True, "hard_silu", 1), (5, 144, 48, True, "hard_silu", 1),
    (5, 288, 96, True, "hard_silu", 2), (5, 576, 96, True, "hard_silu", 1),
    (5, 576, 96, True, "hard_silu", 1),
)  # fmt: skip


def _v3(rows: tuple[tuple[int, int, int, bool, str, int], ...]) -> tuple[InvertedResidual, ...]:
    return tuple(
        InvertedResidual(expanded, filters, kernel, stride, rounded(expanded / 4) if gated else 0, activation)
        for kernel, expanded, filters, gated, activation, stride in rows
    )


_KERAS = Origin("same", epsilon=1e-3, momentum=0.999)


def _networks(prefix: str, origin: Origin) -> dict[str, NetworkNumbers]:
    """The three networks as one library has them."""
    first, second = replace(origin, activation="relu6"), replace(origin, activation="hard_silu")
    return {
        f"{prefix}mobilenet_v2": NetworkNumbers(first, 32, _v2(), last=1280),
        f"{prefix}mobilenet_v3_large": NetworkNumbers(
            second, 16, _v3(_V3_LARGE), 960, "hard_sigmoid", "relu"
        ),
        f"{prefix}mobilenet_v3_small": NetworkNumbers(
            second, 16, _v3(_V3_SMALL), 576, "hard_sigmoid", "relu"
        ),
    }


VARIANTS: Mapping[str, NetworkNumbers] = {**_networks("", TORCH), **_networks("keras_", _KERAS)}


class MobileNet(InvertedResidualNet):
    """MobileNetV2 (Sandler et al. 2018, arXiv 1801.04381) and V3 (Howard et al. 2019, arXiv 1905.02244).

    `mobilenet_v2` is the function of torchvision and timm, `mobilenet_v3` that of timm, which differs from
    torchvision's in the epsilon of its norms, and `keras_mobilenet` that of keras.applications behind its
    preprocessing. The first level gives nothing; the others give the ends of
    their blocks, which are linear, and the last one the 1x1 convolution behind them.
    """

    variants: ClassVar[Mapping[str, NetworkNumbers]] = VARIANTS

    kind: str = "mobilenet_v2"

    def network(self) -> NetworkNumbers:
        return VARIANTS[self.kind]
