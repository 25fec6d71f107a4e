"""Recipe: a config with every value spread out per level and per axis, ready to lower."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from unetgen.parts.activation import ActivationChoice
from unetgen.parts.norms import AnyNorm
from unetgen.plan.call import Call
from unetgen.plan.graph import Node
from unetgen.plan.ops import Dropout, Op
from unetgen.plan.ops.base import Axes
from unetgen.plan.ops.resample import Interpolation
from unetgen.plan.tensor import TensorSpec

if TYPE_CHECKING:  # these are made of what stands here
    from unetgen.parts.blocks.block import LevelPart
    from unetgen.parts.bottlenecks.bottleneck import Bottleneck
    from unetgen.parts.downs.down import Down
    from unetgen.parts.encoders.encoder import Encoder
    from unetgen.parts.heads.head import Head
    from unetgen.parts.heads.pooled import PooledHead
    from unetgen.parts.inside import Inside
    from unetgen.parts.skips.skip import Skip
    from unetgen.parts.stem import Stem
    from unetgen.parts.style import Style
    from unetgen.parts.ups.up import Up
    from unetgen.plan.builder import Builder

Element = Literal["conv", "norm", "activation", "dropout"]
Padding = Literal["same", "valid", "torch"]
Fit = Literal["refuse", "pad_and_crop", "resize_to_skip", "centre_crop", "pad_to_skip"]


@dataclass(frozen=True)
class Convolution:
    """What every convolution of a stage has in common."""

    kernel: Axes
    padding: Padding
    order: tuple[Element, ...]
    norm: AnyNorm
    activation: ActivationChoice
    dropout_rate: float
    dropout_spatial: bool
    dropout_at_end: bool
    use_bias: bool
    kernel_initializer: Call
    kernel_regularizer: Call | None

    def around(self, element: Element, channels: int) -> Op | None:
        """What `order` calls `element`, on a tensor of so many channels; None for nothing."""
        if element == "norm":
            return self.norm.over(channels)
        if element == "activation":
            return self.activation.op()
        drops = self.dropout_rate > 0 and not self.dropout_at_end
        return Dropout(self.dropout_rate, self.dropout_spatial) if drops else None


@dataclass(frozen=True)
class Features:
    """What a head can stand on, and the level or column that the head is called after; by none: the main."""

    node: Node
    level: int | None = None
    column: int | None = None


@dataclass(frozen=True)
class Stage:
    """One level of the encoder or decoder: its block and the filters of the block's convolutions."""

    level: int
    filters: tuple[int, ...]
    conv: Convolution
    block: LevelPart
    repeat: int = 0
    """Which of the level's blocks it is, counted from 0."""
    inside: Inside | None = None
    """What enters the blocks between their convolutions."""

    def entered(self, b: Builder, x: Node, index: int) -> Node:
        """`x` before the convolution `index` of a block, with what enters the block there."""
        return x if self.inside is None else self.inside.enter(b, x, index, self)


@dataclass(frozen=True)
class Step:
    """Two levels of resolution that follow each other: the factor per axis, and what joins them."""

    strides: Axes
    conv: Convolution
    level: int
    """The finer of the two levels."""
    down: Down
    """The way to the coarser level."""
    up: Up
    """The way back to the finer one."""
    skip: Skip
    """How the finer level's encoder joins its decoder."""


@dataclass(frozen=True)
class TaskHead:
    """A further task: its head, and whether that stands on a decoder of its own, or pooled on the bottom."""

    name: str
    own_decoder: bool
    head: Head | PooledHead
    num_classes: int


@dataclass(frozen=True)
class Recipe:
    """All that a topology needs. `encoder` has the bottom as its last stage; `decoder` goes by level.

    ``steps[i]`` lies between level i and level i + 1. Where there is a `backbone`, it makes the levels of the
    way down; of the encoder's stages the convolutions alone are used then.
    """

    input: TensorSpec
    encoder: tuple[Stage, ...]
    decoder: tuple[Stage, ...]
    steps: tuple[Step, ...]
    head: Head
    stem: Stem | None
    bottleneck: Bottleneck
    num_classes: int
    fit: Fit
    interpolation: Interpolation
    pad_mode: Literal["constant", "edge"]
    tasks: tuple[TaskHead, ...] = ()
    backbone: Encoder | None = None
    ends_at: int = 0
    """The level that the decoder ends on."""
    style: Style | None = None
    on_bottom: bool = False
    """Whether a block of the way up, that of its coarsest level, stands on the bottom too."""
    vector: Node | None = None
    """What `style` has made, once the bottom is there."""

    @property
    def dims(self) -> int:
        return self.input.dims


def total_strides(recipe: Recipe, finer: int, coarser: int) -> Axes:
    """The factor per axis between two levels: the product of the steps between them."""
    total = [1] * recipe.dims
    for step in recipe.steps[finer:coarser]:
        total = [t * s for t, s in zip(total, step.strides, strict=True)]
    return tuple(total)
