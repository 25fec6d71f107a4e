"""Networks of inverted residual blocks: a stem, the blocks one after the other, and a 1x1 convolution."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from unetgen.parts.activation import FAMILY, ActivationChoice
from unetgen.parts.blocks.joining import add
from unetgen.parts.convolution import convolve, surround, unit
from unetgen.parts.encoders.encoder import Encoder
from unetgen.parts.encoders.origin import Origin
from unetgen.parts.recipe import Convolution
from unetgen.parts.squeeze_excitation import channel_gate
from unetgen.plan.builder import Builder
from unetgen.plan.graph import Node
from unetgen.plan.ops import Pad

Pads = tuple[int, int]
"""What a strided convolution is padded with before and behind each axis, whatever its size."""


@dataclass(frozen=True)
class InvertedResidual:
    """A convolution of 1x1, one over space for each channel, and one of 1x1 without an activation."""

    expanded: int
    """Channels between the outer two; the first is left out where these are the input's."""
    filters: int
    kernel: int = 3
    stride: int = 1
    squeezed: int = 0
    """Channels of the gate in squeeze and excitation; 0: no gate."""
    activation: str | None = None
    """None: the network's."""
    is_fused: bool = False
    """One full convolution in place of the first two; the last is left out where nothing is expanded."""
    pads: Pads | None = None
    """None: the origin's own padding."""
    is_given: bool = False
    """Whether a level gives this block's output, and not that of its last block."""


@dataclass(frozen=True)
class NetworkNumbers:
    """One network's numbers."""

    origin: Origin
    stem: int
    blocks: tuple[InvertedResidual, ...]
    last: int | None = None
    """The filters of the 1x1 convolution at the end; None: there is none."""
    gate: Literal["sigmoid", "hard_sigmoid"] = "sigmoid"
    gate_activation: str | None = None
    """Between the two convolutions of a gate; None: the block's."""
    gives_stem: bool = False
    """The second level gives the stem's activation, and not the end of its blocks."""
    stem_pads: Pads | None = None


class InvertedResidualNet(Encoder):
    """The base of the families of such networks. A block that has a stride begins a level."""

    gives: Literal["blocks", "expansions"] = "blocks"
    """Chooses what a level gives: the end of its `blocks`, or the wider tensor that the next block's strided
    convolution is given (`expansions`), as segmentation_models and keras-unet-collection take them in Keras.
    The last level gives its end in any case."""

    @abstractmethod
    def network(self) -> NetworkNumbers:
        """The numbers of this kind."""

    def features(self, b: Builder, x: Node, conv: Convolution) -> Iterator[Node | None]:
        network = self.network()
        conv, level = network.origin.convolution(conv, x.spec.dims), 1
        yield None
        with b.level("encoder", level), b.part("stem"):
            padded, strided = _padded(b, x, 2, conv, network.stem_pads)
            x = unit(b, padded, network.stem, strided, strides=(2,) * x.spec.dims)
        gives_blocks = self.gives == "blocks"
        gives_stem = network.gives_stem and gives_blocks
        if has_given := gives_stem:
            yield x
        for number, block in enumerate(network.blocks, start=1):
            if block.stride > 1:
                if not gives_blocks:
                    with b.level("encoder", level), b.piece("block", number):
                        x = _expanded(b, x, block, conv)
                if not has_given:
                    yield x
                level, has_given = level + 1, False
            # A block between the stem that is given and the first step down is on the way of that step.
            after_stem = level == 1 and gives_stem
            with b.level("encoder", level + after_stem), b.piece("block", number):
                x = _inverted_residual(b, x, block, conv, network)
            if block.is_given and gives_blocks:
                has_given = True
                yield x
        if network.last is not None:
            with b.level("encoder", level), b.piece("last"):
                x = unit(b, x, network.last, conv, kernel=(1,) * x.spec.dims)
        yield x


def _inverted_residual(
    b: Builder, x: Node, block: InvertedResidual, conv: Convolution, network: NetworkNumbers
) -> Node:
    """The block on `x`, added to it where it changes neither size nor channels."""
    conv = _of_block(conv, block)
    body = _fused if block.is_fused else _depthwise
    branch = body(b, x, block, conv, network)
    if block.stride > 1 or block.filters != x.spec.channels:
        return branch
    with b.piece("add"):
        return add(b, branch, [x], (), conv)


def _of_block(conv: Convolution, block: InvertedResidual) -> Convolution:
    return conv if block.activation is None else _with_activation(conv, block.activation)


def _expanded(b: Builder, x: Node, block: InvertedResidual, conv: Convolution) -> Node:
    """What the convolution over space is given; `x` where nothing stands before that."""
    if block.is_fused or block.expanded == x.spec.channels:
        return x
    with b.piece("expand"):
        return unit(b, x, block.expanded, _of_block(conv, block), kernel=(1,) * x.spec.dims)


def _depthwise(
    b: Builder, x: Node, block: InvertedResidual, conv: Convolution, network: NetworkNumbers
) -> Node:
    dims = x.spec.dims
    x = _expanded(b, x, block, conv)
    with b.piece("depthwise"):
        x, strided = _padded(b, x, block.stride, conv, block.pads)
        kernel, strides = (block.kernel,) * dims, (block.stride,) * dims
        x = unit(b, x, block.expanded, strided, kernel=kernel, strides=strides, groups=block.expanded)
    if block.squeezed:
        with b.piece("squeeze_excitation"), b.piece("channel"):
            gated = replace(conv, use_bias=True)
            if network.gate_activation is not None:
                gated = _with_activation(gated, network.gate_activation)
            x = channel_gate(b, x, block.squeezed, gated, network.gate)
    return _projected(b, x, block, conv)


def _fused(b: Builder, x: Node, block: InvertedResidual, conv: Convolution, network: NetworkNumbers) -> Node:
    kernel, strides = (block.kernel,) * x.spec.dims, (block.stride,) * x.spec.dims
    expands = block.expanded != x.spec.channels
    with b.piece("expand" if expands else "conv"):
        x, strided = _padded(b, x, block.stride, conv, block.pads)
        filters = block.expanded if expands else block.filters
        x = unit(b, x, filters, strided, kernel=kernel, strides=strides)
    return _projected(b, x, block, conv) if expands else x


def _projected(b: Builder, x: Node, block: InvertedResidual, conv: Convolution) -> Node:
    with b.piece("project"):
        x = convolve(b, x, block.filters, conv, kernel=(1,) * x.spec.dims)
        return surround(b, x, ("norm",), conv)


def _padded(
    b: Builder, x: Node, stride: int, conv: Convolution, pads: Pads | None
) -> tuple[Node, Convolution]:
    """What a convolution is given, and the convolution, which pads no more where `pads` has done it."""
    if stride == 1 or pads is None:
        return x, conv
    return b.add(Pad((pads,) * x.spec.dims), x, name="pad"), replace(conv, padding="valid")


def _with_activation(conv: Convolution, name: str) -> Convolution:
    return replace(conv, activation=ActivationChoice.parse(FAMILY, name))


def rounded(filters: float, least_share: float = 0.9) -> int:
    """`filters` as a multiple of eight, the nearest one that is no less than `least_share` of it.

    >>> rounded(32 * 1.1), rounded(16 / 4)
    (32, 8)
    """
    multiple = max(8, int(filters + 4) // 8 * 8)
    return multiple + 8 if multiple < least_share * filters else multiple
