"""What each channel of each tensor of a plan is: a channel of the image, a class, or a feature.

A pure function of a plan. With other counts of channels and classes it says what a network of the same
layers for other images or classes has there.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from unetgen.plan.graph import Node, Plan
from unetgen.plan.ops import (
    Activation,
    Add,
    BlurPool,
    Concat,
    Conv,
    Crop,
    CropLike,
    CropToMultiple,
    Dropout,
    Flatten,
    GlobalPool,
    Input,
    Multiply,
    Norm,
    Op,
    Pad,
    PadChannels,
    PadLike,
    PadToMultiple,
    PixelShuffle,
    PixelUnshuffle,
    Pool,
    PRelu,
    Resize,
    ResizeLike,
    Scale,
    SelectChannels,
    Standardize,
    TransposedConv,
    UnitNorm,
    Upsample,
)


class Channel(NamedTuple):
    """One channel. `way` tells apart several that come of one, such as those of a pixel unshuffle."""

    kind: Literal["image", "class", "feature"]
    number: int
    node: str = ""
    way: tuple[tuple[str, int], ...] = ()

    def split(self, node: str, parts: int) -> Iterator[Channel]:
        """The channels that `node` makes of this one alone."""
        return (self._replace(way=(*self.way, (node, part))) for part in range(parts))


Channels = tuple[Channel, ...]
KEEPS: frozenset[type[Op]] = frozenset({
    Activation, BlurPool, Crop, CropLike, CropToMultiple, Dropout, Flatten, GlobalPool, Multiply, Norm,
    Pad, PadLike, PadToMultiple, Pool, PRelu, Resize, ResizeLike, Scale, Standardize, UnitNorm, Upsample,
})  # fmt: skip
"""Ops whose output has the channels of their first input, each made of itself alone."""


@dataclass(frozen=True)
class Counts:
    """How many channels an image has, and how many classes each convolution of `score_convs`, by name."""

    image: int
    classes: Mapping[str, int]

    @classmethod
    def of(cls, plan: Plan) -> Counts:
        """Those of `plan`."""
        return cls(plan.input.spec.channels, {node.name: node.spec.channels for node in score_convs(plan)})


def score_convs(plan: Plan) -> tuple[Node, ...]:
    """The convolutions to the classes: those that the outputs are made of, without another in between."""
    found: dict[str, Node] = {}
    waiting, seen = list(plan.outputs), set()
    while waiting:
        node = plan.by_name[waiting.pop()]
        if node.name in seen:
            continue
        seen.add(node.name)
        if isinstance(node.op, Conv):
            found[node.name] = node
            if node.place.part != "fuse":  # before one that fuses heads there are theirs
                continue
        elif type(node.op) not in KEEPS and not isinstance(node.op, Add | Concat):
            continue
        waiting += node.inputs
    return tuple(node for node in plan.nodes if node.name in found)


def channels_of(plan: Plan, counts: Counts) -> dict[str, Channels]:
    """The channels of each node's output, by its name."""
    known: dict[str, Channels] = {}
    for node in plan.nodes:
        inputs = [known[name] for name in node.inputs]
        known[node.name] = _made(node, inputs, counts, is_depthwise(plan, node))
    return known


def is_depthwise(plan: Plan, node: Node) -> bool:
    """Whether `node` convolves each channel by itself."""
    op = node.op
    return isinstance(op, Conv | TransposedConv) and 1 < op.groups == plan.input_specs(node)[0].channels


def _made(node: Node, inputs: list[Channels], counts: Counts, is_depthwise: bool) -> Channels:
    op = node.op
    if isinstance(op, Input):
        return tuple(Channel("image", number) for number in range(counts.image))
    if node.name in counts.classes:
        return tuple(Channel("class", number, node.name) for number in range(counts.classes[node.name]))
    if isinstance(op, Concat):
        return tuple(channel for channels in inputs for channel in channels)
    if isinstance(op, PadChannels):
        return (*inputs[0], *(Channel("feature", number, node.name) for number in range(op.count)))
    if isinstance(op, PixelUnshuffle):
        return tuple(part for channel in inputs[0] for part in channel.split(node.name, math.prod(op.size)))
    if isinstance(op, Conv | TransposedConv) and is_depthwise:
        return tuple(
            part for channel in inputs[0] for part in channel.split(node.name, op.filters // op.groups)
        )
    if type(op) in KEEPS and not _is_glu(op):
        return inputs[0]
    return tuple(Channel("feature", number, node.name) for number in range(_width(op, len(inputs[0]))))


def _is_glu(op: Op) -> bool:
    return isinstance(op, Activation) and op.name == "glu"


def _width(op: Op, width_in: int) -> int:
    """How many features an op makes of so many channels."""
    if isinstance(op, Conv | TransposedConv):
        return op.filters
    if isinstance(op, SelectChannels):  # as many, whatever the image has
        return len(op.channels)
    if isinstance(op, PixelShuffle):
        return width_in // math.prod(op.size)
    return width_in // 2 if _is_glu(op) else width_in
