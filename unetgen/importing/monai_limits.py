"""What MONAI's networks compute and a config cannot express: refused by MONAI's own name for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from unetgen.errors import UnetgenError
from unetgen.plan.graph import Plan
from unetgen.plan.ops import Conv, Op, TransposedConv


@dataclass(frozen=True)
class Unsaid:
    """An option's value that a config cannot express, and the tensors that only a network with it has."""

    option: str
    tensors: re.Pattern[str]
    reason: str


_SHUFFLE = re.compile(r"\.pixelshuffle\.")
_AVERAGES = "it averages what a sub-pixel convolution gives, over two positions on each axis"
_UNSAID: Mapping[str, tuple[Unsaid, ...]] = {
    "MONAI BasicUNet": (
        Unsaid("upsample='pixelshuffle'", _SHUFFLE, _AVERAGES),
        Unsaid(
            "upsample='nontrainable'",
            re.compile(r"\.upsample\.preconv\."),
            "it interpolates with `align_corners`, from corner to corner",
        ),
    ),
    "MONAI SegResNet": (
        Unsaid("upsample_mode='pixelshuffle'", _SHUFFLE, _AVERAGES),
        Unsaid("SegResNetVAE", re.compile(r"^vae_"), "it has a second decoder, for the input"),
    ),
}

_UNPADDED: Mapping[str, tuple[type[Op], str]] = {
    "MONAI UNet": (TransposedConv, "its up-sampling pads (k - 1) // 2, and strides - 1 at the end"),
    "MONAI AttentionUnet": (TransposedConv, "its up-sampling pads (k - 1) // 2, and strides - 1 at the end"),
    "MONAI DynUNet": (Conv, "its convolutions pad (k - strides + 1) // 2"),
}
"""The layers whose padding is that of a config up to strides of 2 only."""
_MOST_STRIDES = 2


def require_expressible(family: str, tensors: Iterable[str]) -> None:
    """Raise `UnetgenError` where tensors are those of an option that a config cannot express."""
    names = list(tensors)
    for unsaid in _UNSAID.get(family, ()):
        if any(unsaid.tensors.search(name) for name in names):
            raise UnetgenError(
                f"{family} with {unsaid.option} cannot be expressed as a config: {unsaid.reason}"
            )


def require_same_padding(family: str, plan: Plan) -> None:
    """Raise `UnetgenError` where the family pads the layers of `plan` otherwise than a config can."""
    if family not in _UNPADDED:
        return
    kind, reason = _UNPADDED[family]
    if wrong := list(_strided(plan, kind)):
        raise UnetgenError(
            f"{family} with strides of more than {_MOST_STRIDES} cannot be expressed as a config: {reason} "
            f"(here {', '.join(wrong)})"
        )


def _strided(plan: Plan, kind: type[Op]) -> Iterator[str]:
    for node in plan.nodes:
        if (
            type(node.op) is kind
            and isinstance(node.op, Conv | TransposedConv)
            and max(node.op.strides) > _MOST_STRIDES
        ):
            yield node.name
