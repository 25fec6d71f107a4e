"""Op: what every primitive operation knows about itself."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable
from fractions import Fraction
from typing import ClassVar, NamedTuple

from unetgen.plan.ops.workspace import Kept, Workspace
from unetgen.plan.tensor import TensorSpec

Specs = tuple[TensorSpec, ...]
Axes = tuple[int, ...]
"""One number per spatial axis: a kernel, strides, factors."""
Interval = tuple[int, int]
"""The first and the last of some neighbouring positions; none where the last comes before the first."""


class Weight(NamedTuple):
    """One weight array of an op: its Keras name and its shape, channels last as Keras keeps them."""

    name: str
    shape: tuple[int, ...]
    trainable: bool = True

    @property
    def size(self) -> int:
        return math.prod(self.shape)


class Reach(NamedTuple):
    """What a stretch of output positions sees of the input on one axis, its ends rounded down.

    Output positions ``low..high`` see from ``(scale * low + first) / divisor`` to
    ``(scale * high + last) / divisor``.
    """

    scale: int = 1
    first: int = 0
    last: int = 0
    divisor: int = 1

    def seen(self, outputs: Iterable[Interval]) -> list[Interval]:
        """The input positions that each of `outputs` sees; an empty interval sees nothing."""
        scale, first, last, by = self
        return [
            ((scale * low + first) // by, (scale * high + last) // by) if low <= high else (low, high)
            for low, high in outputs
        ]


HERE = Reach()
"""Each output position sees the input at that position."""


def everywhere(axis: int, inputs: Specs) -> Reach:
    """Each output position sees the whole input."""
    return Reach(0, last=inputs[0].spatial[axis] - 1)


APART = {"architecture": "never"}
"""Metadata of an op's field that is not part of the architecture: the fingerprint leaves it out."""
WHERE_SET = {"architecture": "where set"}
"""Metadata of a field that came later: the fingerprint leaves it out at its default, as if it were not
there, so that fingerprints of older plans stay what they were."""


class Op(ABC):
    """One primitive operation. Leaves are frozen dataclasses; facts about an op are its methods.

    Every method takes the specs of the op's inputs, in order. Work is in multiply-accumulates for one
    sample; windows are inclusive intervals of positions on one spatial axis.
    """

    __slots__ = ()

    rounds_weights: ClassVar[bool] = False
    """Whether it rounds its weights to what it computes in before it does anything with them, as a
    convolution does. A norm in 16 bits has factors of 32."""

    def words(self) -> str:
        """What people call the operation, such as ``max pool 2×2``; the name of its class by default."""
        name = type(self).__name__
        return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).lstrip()

    @property
    def kept(self) -> Kept:
        """What the backward pass needs of the forward pass."""
        return Kept.NOTHING

    def workspace(self, inputs: Specs) -> Workspace:
        """The tensors that stand beside the inputs and the output; none by default."""
        return Workspace()

    @abstractmethod
    def infer(self, inputs: Specs) -> TensorSpec:
        """The output's spec. A spatial size below 1 means that the input is too small."""

    def broken_rules(self, inputs: Specs) -> Iterable[str]:
        """What is wrong with the op on these inputs, in the words of `PlanError`; nothing by default."""
        return ()

    @abstractmethod
    def reach(self, axis: int, inputs: Specs) -> Reach:
        """What the output sees of the input on `axis`."""

    def window(self, axis: int, low: int, high: int, inputs: Specs) -> Interval:
        """The input positions ``low..high`` that the output positions ``low..high`` see on `axis`.

        Positions may lie outside the input, as if it were endless. An empty interval (low > high)
        means that these outputs see nothing.
        """
        return self.reach(axis, inputs).seen([(low, high)])[0]

    def step(self, axis: int) -> int | Fraction | None:
        """How many input positions lie between two neighbouring output positions on `axis`.

        None where the output's size is given, whatever the input's.
        """
        return 1

    def weights(self, inputs: Specs) -> tuple[Weight, ...]:
        """The op's weight arrays, in Keras's order."""
        return ()

    def macs(self, inputs: Specs) -> int:
        """Multiply-accumulates of one forward pass; only convolutions count, as is usual."""
        return 0

    def held_beside(self, inputs: Specs) -> int:
        """Values that a forward pass holds beside input and output at most, as rewrites weigh ops."""
        return 0

    def written_beside(self, inputs: Specs) -> int:
        """Values that a forward pass writes besides the output, as rewrites weigh ops."""
        return 0


class SamePosition(Op):
    """An op whose output at a position sees its inputs at that position only."""

    __slots__ = ()

    def reach(self, axis: int, inputs: Specs) -> Reach:
        return HERE
