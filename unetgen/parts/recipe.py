"""Recipe: a config with every value spread out per level and per axis, ready to lower."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol

from unetgen.parts.activation import ActivationChoice
from unetgen.parts.norms import AnyNorm
from unetgen.plan.builder import Builder
from unetgen.plan.call import Call
from unetgen.plan.graph import Node
from unetgen.plan.ops import Dropout, Op
from unetgen.plan.ops.base import Axes
from unetgen.plan.tensor import TensorSpec

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

    @cached_property
    def around(self) -> Mapping[Element, Op | None]:
        """What stands around the convolution, by its name in `order`; None for nothing."""
        drops = self.dropout_rate > 0 and not self.dropout_at_end
        return {
            "norm": self.norm.op(),
            "activation": self.activation.op(),
            "dropout": Dropout(self.dropout_rate, self.dropout_spatial) if drops else None,
        }


class Block(Protocol):
    """What stands at a level."""

    def lower(self, b: Builder, x: Node, stage: Stage, strides: Axes | None) -> Node:
        """The block on `x`; its first convolution takes `strides`."""


class Down(Protocol):
    """The way from a level to the next, coarser one."""

    def lower(
        self, b: Builder, x: Node, step: Step, stage: Stage, recipe: Recipe
    ) -> tuple[Node, Axes | None]:
        """`x` at the next level's size, and the strides that the next block still has to take."""


class Up(Protocol):
    """The way from a level to the next, finer one."""

    def lower(self, b: Builder, x: Node, skip: Node, step: Step) -> Node:
        """`x` at the size of the finer level, on its way to meet `skip`."""


class Skip(Protocol):
    """How the encoder's output joins the decoder."""

    def lower(
        self, b: Builder, up: Node, skips: Sequence[Node], below: Node, stage: Stage, recipe: Recipe
    ) -> Node:
        """The up-sampled tensor and those that meet it, as one; `below` is what was up-sampled."""


class Stem(Protocol):
    """What stands before the first level's block."""

    def lower(self, b: Builder, x: Node, stage: Stage) -> Node:
        """`x` as the first level's block takes it."""


class Bottleneck(Protocol):
    """What stands behind the bottom level's block."""

    def lower(self, b: Builder, x: Node, stage: Stage) -> Node:
        """`x` as the decoder takes it, at the same size."""


@dataclass(frozen=True)
class Row:
    """Features that a head can stand on, and the name of its scope under ``head``; "" for the main one."""

    node: Node
    name: str


class Head(Protocol):
    """The way from the decoder's features to the outputs."""

    def lower(self, b: Builder, rows: Sequence[Row], recipe: Recipe) -> tuple[Node, ...]:
        """The outputs from the decoder's `rows`, the main one first."""

    def finish(self, b: Builder, x: Node, recipe: Recipe) -> Node:
        """The output from its classes' values: the activation, and the crop back to the input's size."""


@dataclass(frozen=True)
class Stage:
    """One level of the encoder or decoder: its block and the filters of the block's convolutions."""

    level: int
    filters: tuple[int, ...]
    conv: Convolution
    block: Block


@dataclass(frozen=True)
class Step:
    """The way between two levels of resolution: the factor per axis, and what its parts need to know."""

    strides: Axes
    conv: Convolution
    level: int
    """The finer of the two levels."""


@dataclass(frozen=True)
class TaskHead:
    """A further task: its head, and whether that stands on a decoder of its own."""

    name: str
    own_decoder: bool
    head: Head
    num_classes: int


@dataclass(frozen=True)
class Recipe:
    """All that a topology needs. `encoder` has the bottom as its last stage; `decoder` goes by level.

    ``steps[i]`` lies between level i and level i + 1.
    """

    input: TensorSpec
    encoder: tuple[Stage, ...]
    decoder: tuple[Stage, ...]
    steps: tuple[Step, ...]
    down: Down
    up: Up
    skip: Skip
    head: Head
    stem: Stem | None
    bottleneck: Bottleneck
    num_classes: int
    fit: Fit
    interpolation: Literal["nearest", "linear"]
    pad_mode: Literal["constant", "edge"]
    tasks: tuple[TaskHead, ...] = ()

    @property
    def dims(self) -> int:
        return self.input.dims
