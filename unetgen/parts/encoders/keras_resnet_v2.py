"""ResNetV2s, as keras.applications has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import ClassVar

from unetgen.parts.blocks.joining import add
from unetgen.parts.convolution import convolve, surround, unit
from unetgen.parts.encoders.encoder import Encoder
from unetgen.parts.encoders.origin import TORCH
from unetgen.parts.encoders.resnet import FILTERS
from unetgen.parts.recipe import Convolution
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Pad, Pool
from unetgen.plan.ops.base import Axes

VARIANTS: Mapping[str, tuple[int, int, int, int]] = {
    "keras_resnet50v2": (3, 4, 6, 3),
    "keras_resnet101v2": (3, 4, 23, 3),
    "keras_resnet152v2": (3, 8, 36, 3),
}
"""How many units there are in each stage."""
_ORIGIN = replace(TORCH, epsilon=1.001e-5, momentum=0.99)


class KerasResNetV2(Encoder):
    """Residual networks with pre-activation (He et al. 2016, arXiv 1603.05027), of keras.applications.

    The last unit of a stage takes the step down, and pools its shortcut. The first level gives nothing, the
    second the stem's convolution, the next three what the strided convolution in such a unit is given, which
    has a quarter of the unit's channels, and the last the activated end: keras-unet-collection takes these.
    """

    variants: ClassVar[Mapping[str, tuple[int, int, int, int]]] = VARIANTS

    kind: str = "keras_resnet50v2"

    def features(self, b: Builder, x: Node, conv: Convolution) -> Iterator[Node | None]:
        dims = x.spec.dims
        conv = replace(_ORIGIN.convolution(conv, dims), order=("norm", "activation", "conv"))
        ones, twice = (1,) * dims, (2,) * dims
        yield None
        with b.level("encoder", 1), b.part("stem"):
            x = convolve(b, x, FILTERS[0], conv, kernel=(7,) * dims, strides=twice, use_bias=True)
        yield x
        with b.level("encoder", 2), b.part("down"):
            x = b.add(Pad(((1, 1),) * dims), x, name="pad")
            x = surround(b, b.add(Pool("max", (3,) * dims, twice), x), ("norm", "activation"), conv)
        last = len(FILTERS) - 1
        for stage, (units, filters) in enumerate(zip(VARIANTS[self.kind], FILTERS, strict=True)):
            with b.level("encoder", stage + 2):
                for index in range(units if stage == last else units - 1):
                    with b.piece("block", index + 1):
                        shortcut = _projected(b, x, filters, conv) if index == 0 else x
                        branch = _entered(b, x, filters, conv, is_activated=index == 0)
                        branch = _widened(b, branch, ones, conv)
                        with b.piece("add"):
                            x = add(b, branch, [shortcut], (), conv)
                if stage == last:
                    with b.piece("end"):
                        given = surround(b, x, ("norm", "activation"), conv)
                else:
                    with b.piece("block", units):
                        given = _entered(b, x, filters, conv)
            yield given
            if stage < last:
                with b.level("encoder", stage + 3), b.part("down"):
                    branch = _widened(b, given, twice, conv)
                    shortcut = b.add(Pool("max", ones, twice), x, name="pool")
                    x = add(b, branch, [shortcut], ("norm", "activation"), conv)


def _projected(b: Builder, x: Node, filters: int, conv: Convolution) -> Node:
    with b.piece("shortcut"):
        return convolve(b, x, 4 * filters, conv, kernel=(1,) * x.spec.dims, use_bias=True)


def _entered(b: Builder, x: Node, filters: int, conv: Convolution, *, is_activated: bool = False) -> Node:
    """A unit up to what its convolution over space is given."""
    with b.piece("conv", 1):
        x = unit(b, x, filters, conv, kernel=(1,) * x.spec.dims, bare_input=is_activated)
        return surround(b, x, ("norm", "activation"), conv, name="end")


def _widened(b: Builder, x: Node, strides: Axes, conv: Convolution) -> Node:
    """The rest of a unit, to four times the channels."""
    filters, biased = x.spec.channels, replace(conv, use_bias=True)
    with b.piece("conv", 2):
        x = convolve(b, x, filters, conv, strides=strides)
    with b.piece("conv", 3):
        return unit(b, x, 4 * filters, biased, kernel=(1,) * x.spec.dims)
