"""The input, with which a plan begins."""

from __future__ import annotations

from dataclasses import dataclass

from unetgen.plan.ops.base import SamePosition, Specs
from unetgen.plan.tensor import TensorSpec


@dataclass(frozen=True, slots=True)
class Input(SamePosition):
    """The network's input."""

    spec: TensorSpec

    def infer(self, inputs: Specs) -> TensorSpec:
        return self.spec
