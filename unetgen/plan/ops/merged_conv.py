"""A convolution over up-sampled and concatenated tensors that makes neither."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction

from unetgen.plan.ops.base import Axes, Op, Reach, Specs, Weight
from unetgen.plan.ops.conv import Conv
from unetgen.plan.ops.resample import Upsample
from unetgen.plan.ops.workspace import Kept, Workspace
from unetgen.plan.tensor import TensorSpec, sizes


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
    winograd: int | None = None
    """The axis along which what is not up-sampled is convolved by Winograd's minimal filtering F(2, 3): 4
    multiplications for 2 outputs of 3 taps (Winograd 1980; Lavin and Gray 2015, arXiv 1509.09308, section
    4.1). The kernel has 3 taps there, the output an even size, and strides and dilations are 1."""

    def words(self) -> str:
        """``conv 3×3 of 2×2 up and as it is``; ``conv 3×3, filtered by pairs`` where all is as it is."""
        grown = [f"{sizes(size)} up" if max(size) > 1 else "as it is" for size in self.factors]
        words = self.conv.words() + (", filtered by pairs" if self.winograd is not None else "")
        return words if grown == ["as it is"] else f"{words} of {' and '.join(grown)}"

    @property
    def kept(self) -> Kept:
        return self.conv.kept

    def workspace(self, inputs: Specs) -> Workspace:
        out = self.infer(inputs)
        forward: tuple[int, ...] = ()
        if filtered := self._filtered(inputs):  # padded, sums, their products
            widest = max(spec.elements for spec in filtered)
            forward = (widest, 2 * widest, 2 * out.elements)
        return Workspace(
            forward=forward,
            term=out.elements if len(inputs) > 1 else 0,
            kernels=self._derived(inputs),
            score=self.conv.workspace(self.joined(inputs)).score,
        )

    def joined(self, inputs: Specs) -> Specs:
        """The spec of what the convolution is over."""
        grown = [Upsample(size).infer((spec,)) for spec, size in zip(inputs, self.factors, strict=True)]
        return (grown[0].of_sizes(grown[0].spatial, sum(spec.channels for spec in inputs)),)

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
            (out * self._multiplied if max(factors) == 1 else spec.positions * math.prod(kernel))
            * spec.channels
            for spec, factors, kernel in each
        )

    @property
    def _multiplied(self) -> int:
        """Multiplications of a channel for each output, where nothing is up-sampled."""
        return math.prod(2 if axis == self.winograd else size for axis, size in enumerate(self.conv.kernel))

    def held_beside(self, inputs: Specs) -> int:
        """Terms, kernels, and what filtering needs."""
        out = self.infer(inputs).elements
        filtered = max((spec.elements for spec in self._filtered(inputs)), default=0)
        return (len(inputs) - 1) * out + self._derived(inputs) + (2 * (filtered + out) if filtered else 0)

    def written_beside(self, inputs: Specs) -> int:
        """Terms and kernels; values that filtering reads with strides count too.

        It pads and reads the input, writes 4 halves of it, reads 4 halves of sums and writes their sums.
        """
        out = self.infer(inputs).elements
        filtered = self._filtered(inputs)
        alone = replace(self, winograd=None).held_beside(inputs)
        return alone + sum(7 * (spec.elements + out) for spec in filtered)

    def _derived(self, inputs: Specs) -> int:
        """Elements of the kernels that are made of the original's."""
        each = zip(inputs, self.factors, self.derived_kernels, strict=True)
        taps = sum(math.prod(kernel) * spec.channels for spec, factors, kernel in each if max(factors) > 1)
        return taps * self.conv.filters

    def _filtered(self, inputs: Specs) -> list[TensorSpec]:
        if self.winograd is None:
            return []
        return [spec for spec, factors in zip(inputs, self.factors, strict=True) if max(factors) == 1]

    @property
    def derived_kernels(self) -> tuple[Axes, ...]:
        """The kernel by which each input is convolved."""
        return tuple(
            tuple(k + f - 1 for k, f in zip(self.conv.kernel, factors, strict=True))
            for factors in self.factors
        )
