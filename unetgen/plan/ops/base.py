"""Op: what every primitive operation knows about itself."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from unetgen.plan.tensor import TensorSpec

Specs = tuple[TensorSpec, ...]
Axes = tuple[int, ...]
"""One number per spatial axis: a kernel, strides, factors."""
ONE = Fraction(1)


@dataclass(frozen=True, slots=True)
class Weight:
    """One weight array of an op: its Keras name and its shape, channels last as Keras keeps them."""

    name: str
    shape: tuple[int, ...]
    trainable: bool = True

    @property
    def size(self) -> int:
        return math.prod(self.shape)


class Kept(Enum):
    """What the backward pass of an op needs of its forward pass."""

    NOTHING = "nothing"
    INPUTS = "inputs"
    OUTPUT = "output"
    BOTH = "both"
    MASK = "mask"
    """One byte for each value of the output."""


class Op(ABC):
    """One primitive operation. Leaves are frozen dataclasses; facts about an op are its methods.

    Every method takes the specs of the op's inputs, in order. Work is in multiply-accumulates for one
    sample; windows are inclusive intervals of positions on one spatial axis.
    """

    __slots__ = ()

    @property
    def kept(self) -> Kept:
        """What the backward pass needs of the forward pass."""
        return Kept.NOTHING

    @abstractmethod
    def infer(self, inputs: Specs) -> TensorSpec:
        """The output's spec. A spatial size below 1 means that the input is too small."""

    @abstractmethod
    def window(self, axis: int, low: int, high: int, inputs: Specs) -> tuple[int, int]:
        """The input positions ``low..high`` that the output positions ``low..high`` see on `axis`.

        Positions may lie outside the input, as if it were endless. An empty interval (low > high)
        means that these outputs see nothing.
        """

    def step(self, axis: int) -> Fraction:
        """How many input positions lie between two neighbouring output positions on `axis`."""
        return ONE

    def weights(self, inputs: Specs) -> tuple[Weight, ...]:
        """The op's weight arrays, in Keras's order."""
        return ()

    def macs(self, inputs: Specs) -> int:
        """Multiply-accumulates of one forward pass; only convolutions count, as is usual."""
        return 0


class SamePosition(Op):
    """An op whose output at a position sees its inputs at that position only."""

    __slots__ = ()

    def window(self, axis: int, low: int, high: int, inputs: Specs) -> tuple[int, int]:
        return low, high
