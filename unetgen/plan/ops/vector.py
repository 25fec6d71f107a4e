"""Operations on vectors: tensors of one position, which stand for a whole image."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from unetgen.plan.ops.base import Op, Reach, SamePosition, Specs, everywhere
from unetgen.plan.ops.workspace import Kept, Workspace
from unetgen.plan.tensor import TensorSpec


@dataclass(frozen=True, slots=True)
class Flatten(Op):
    """A tensor of one position without its spatial axes: one value for each channel."""

    def infer(self, inputs: Specs) -> TensorSpec:
        return TensorSpec((), inputs[0].channels)

    def broken_rules(self, inputs: Specs) -> Iterator[str]:
        if inputs[0].positions != 1 or inputs[0].free:
            yield f"its input has more than one position: {inputs[0]}"

    def reach(self, axis: int, inputs: Specs) -> Reach:
        return everywhere(axis, inputs)


@dataclass(frozen=True, slots=True)
class AddVector(SamePosition):
    """Features, and at each position of them the second input, a tensor of one position."""

    def workspace(self, inputs: Specs) -> Workspace:
        return Workspace(is_over_input=True)

    def infer(self, inputs: Specs) -> TensorSpec:
        return inputs[0]

    def broken_rules(self, inputs: Specs) -> Iterator[str]:
        features, vector = inputs
        if vector != TensorSpec((1,) * features.dims, features.channels):
            yield f"its second input is not one value for each channel of the first: {inputs}"


@dataclass(frozen=True, slots=True)
class UnitNorm(SamePosition):
    """The channels of each position divided by their Euclidean length, which counts as 1e-12 at least."""

    kept = Kept.INPUTS

    def infer(self, inputs: Specs) -> TensorSpec:
        return inputs[0]
