"""Operations with several inputs of one spatial size."""

from __future__ import annotations

from dataclasses import dataclass

from unetgen.plan.ops.base import SamePosition, Specs
from unetgen.plan.tensor import TensorSpec


@dataclass(frozen=True, slots=True)
class Concat(SamePosition):
    """Concatenation along the channels, in the order of the inputs."""

    def infer(self, inputs: Specs) -> TensorSpec:
        return TensorSpec(inputs[0].spatial, sum(source.channels for source in inputs))


@dataclass(frozen=True, slots=True)
class Add(SamePosition):
    """Elementwise sum of inputs with equal specs."""

    def infer(self, inputs: Specs) -> TensorSpec:
        return inputs[0]
