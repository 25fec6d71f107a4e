"""Operations with several inputs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from unetgen.plan.ops.base import WHERE_SET, SamePosition, Specs
from unetgen.plan.ops.workspace import Kept, Reuse, Workspace
from unetgen.plan.tensor import TensorSpec


@dataclass(frozen=True, slots=True)
class Concat(SamePosition):
    """Concatenation along the channels, in the order of the inputs."""

    def infer(self, inputs: Specs) -> TensorSpec:
        return inputs[0].of_sizes(inputs[0].spatial, sum(source.channels for source in inputs))

    def broken_rules(self, inputs: Specs) -> Iterator[str]:
        if len({(spec.spatial, spec.free) for spec in inputs}) > 1:
            yield f"inputs differ in size: {inputs}"


@dataclass(frozen=True, slots=True)
class Multiply(SamePosition):
    """Elementwise product of two tensors, the second a gate: a size of 1 in it stands for every position,
    a single channel of it for every channel."""

    kept = Kept.INPUTS

    def infer(self, inputs: Specs) -> TensorSpec:
        return inputs[0]

    def broken_rules(self, inputs: Specs) -> Iterator[str]:
        features, gate = (spec.shape("channels_last") for spec in inputs)
        if not all(size in (1, full) for size, full in zip(gate, features, strict=True)):
            yield f"its second input is not a gate of the first: {inputs}"


@dataclass(frozen=True, slots=True)
class Add(SamePosition):
    """Elementwise sum of inputs with equal specs."""

    def workspace(self, inputs: Specs) -> Workspace:
        return Workspace(is_over_input=True, gradient=Reuse.ALWAYS)

    def infer(self, inputs: Specs) -> TensorSpec:
        return inputs[0]

    def broken_rules(self, inputs: Specs) -> Iterator[str]:
        if len(set(inputs)) > 1:
            yield f"inputs differ: {inputs}"


@dataclass(frozen=True, slots=True)
class AppendOnes(SamePosition):
    """So many more channels, of ones: their kernel is a bias that stops where the tensor does.

    A convolution over them adds, at each position, only the taps that lie within the tensor.
    """

    count: int = field(default=1, metadata=WHERE_SET)

    def infer(self, inputs: Specs) -> TensorSpec:
        return inputs[0].of_sizes(inputs[0].spatial, inputs[0].channels + self.count)


@dataclass(frozen=True, slots=True)
class PadChannels(SamePosition):
    """So many more channels, of zeros, behind the others: a shortcut without weights (arXiv 1512.03385, A).

    With `is_detached` no gradient flows back through it.
    """

    count: int
    is_detached: bool = False

    def words(self) -> str:
        return f"{self.count} channels of zeros" + (", without a gradient" if self.is_detached else "")

    def infer(self, inputs: Specs) -> TensorSpec:
        return inputs[0].of_sizes(inputs[0].spatial, inputs[0].channels + self.count)
