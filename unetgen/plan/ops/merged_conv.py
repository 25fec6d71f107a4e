"""A convolution over up-sampled and concatenated tensors that makes neither."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from unetgen.plan.ops.base import Axes, Kept, Op, Reach, Specs, Weight
from unetgen.plan.ops.conv import Conv
from unetgen.plan.ops.resample import Upsample
from unetgen.plan.tensor import TensorSpec


@dataclass(frozen=True, slots=True)
class MergedConv(Op):
    """What `conv` gives over the concatenation of the inputs, each first up-sampled by its factors (nearest).

    It has that convolution's own weights, a single kernel over all channels and a bias, but is computed as a
    sum: of a convolution of each input as it is, and of a transposed convolution of each that would be
    up-sampled, whose kernel is the original's summed over the copies of a position. Of `kernel` taps of a
    position on an axis, factor f leaves about (kernel + f - 1) / f.
    """

    conv: Conv
    factors: tuple[Axes, ...]
    """For each input; ones where it is not up-sampled."""

    @property
    def kept(self) -> Kept:
        return self.conv.kept

    def joined(self, inputs: Specs) -> Specs:
        """The spec of what the convolution is over."""
        grown = [Upsample(size).infer((spec,)) for spec, size in zip(inputs, self.factors, strict=True)]
        return (TensorSpec(grown[0].spatial, sum(spec.channels for spec in inputs)),)

    def infer(self, inputs: Specs) -> TensorSpec:
        return self.conv.infer(self.joined(inputs))

    def reach(self, axis: int, inputs: Specs) -> Reach:
        """What the output sees of the first input."""
        inner = self.conv.reach(axis, self.joined(inputs))
        return Reach(inner.scale, inner.first, inner.last, divisor=self.factors[0][axis])

    def step(self, axis: int) -> Fraction:
        return Fraction(self.conv.step(axis), self.factors[0][axis])

    def weights(self, inputs: Specs) -> tuple[Weight, ...]:
        return self.conv.weights(self.joined(inputs))

    def macs(self, inputs: Specs) -> int:
        each = zip(inputs, self.factors, self.derived_kernels, strict=True)
        out = self.infer(inputs).positions
        return self.conv.filters * sum(
            # Counted at the output; of a transposed convolution at its input, as `TransposedConv` does.
            (out if max(factors) == 1 else spec.positions) * math.prod(kernel) * spec.channels
            for spec, factors, kernel in each
        )

    @property
    def derived_kernels(self) -> tuple[Axes, ...]:
        """The kernel by which each input is convolved."""
        return tuple(
            tuple(k + f - 1 for k, f in zip(self.conv.kernel, factors, strict=True))
            for factors in self.factors
        )
