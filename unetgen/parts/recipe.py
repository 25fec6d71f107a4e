"""Recipe: a config with every value spread out per level and per axis, ready to lower."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from unetgen.parts.activation import ActivationChoice
from unetgen.parts.norms import AnyNorm
from unetgen.plan.call import Call
from unetgen.plan.ops.base import Axes
from unetgen.plan.tensor import TensorSpec

if TYPE_CHECKING:
    from unetgen.parts.blocks import AnyBlock

Element = Literal["conv", "norm", "activation", "dropout"]
Padding = Literal["same", "valid", "torch"]
Fit = Literal["refuse", "pad_and_crop", "resize_to_skip", "centre_crop"]


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


@dataclass(frozen=True)
class Stage:
    """One level of the encoder or decoder: its block and the filters of the block's convolutions."""

    level: int
    filters: tuple[int, ...]
    conv: Convolution
    block: AnyBlock


@dataclass(frozen=True)
class Step:
    """The way between two levels of resolution: the factor per axis, and what its parts need to know."""

    strides: Axes
    conv: Convolution


@dataclass(frozen=True)
class Recipe:
    """All that a topology needs. `encoder` has the bottom as its last stage; `decoder` goes by level.

    ``steps[i]`` lies between level i and level i + 1. `down`, `up`, `skip`, `head` are parts.
    """

    input: TensorSpec
    encoder: tuple[Stage, ...]
    decoder: tuple[Stage, ...]
    steps: tuple[Step, ...]
    down: Any
    up: Any
    skip: Any
    head: Any
    num_classes: int
    fit: Fit
    interpolation: Literal["nearest", "linear"]

    @property
    def dims(self) -> int:
        return self.input.dims
