"""Operations on the channels of an image, before a network: they have no weights and learn nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from unetgen.plan.ops.base import SamePosition, Specs
from unetgen.plan.tensor import TensorSpec


@dataclass(frozen=True, slots=True)
class SelectChannels(SamePosition):
    """Channels of the input by their numbers: in another order, or several times."""

    channels: tuple[int, ...]

    def words(self) -> str:
        return f"channels {', '.join(map(str, self.channels))}"

    def infer(self, inputs: Specs) -> TensorSpec:
        return inputs[0].of_sizes(inputs[0].spatial, len(self.channels))

    def broken_rules(self, inputs: Specs) -> Iterator[str]:
        if not self.channels or not all(0 <= number < inputs[0].channels for number in self.channels):
            yield f"its input has {inputs[0].channels} channels, and it takes {self.channels}"


@dataclass(frozen=True, slots=True)
class Standardize(SamePosition):
    """Each channel less a given mean, divided by a given standard deviation.

    A convolution behind it that pads with zeros pads with that mean. So it cannot become part of the
    convolution, which would pad with the image's 0.
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]

    def infer(self, inputs: Specs) -> TensorSpec:
        return inputs[0]

    def broken_rules(self, inputs: Specs) -> Iterator[str]:
        if not len(self.mean) == len(self.std) == inputs[0].channels:
            yield f"its input has {inputs[0].channels} channels, and it knows {len(self.mean)}"
        if not all(value > 0 for value in self.std):
            yield f"its standard deviations must be positive: {self.std}"
