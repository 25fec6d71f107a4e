"""A convolution over up-sampled and concatenated tensors that makes neither."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from unetgen.plan.ops.base import Axes, Op, Reach, Specs, Weight
from unetgen.plan.ops.conv import Conv
from unetgen.plan.ops.resample import Upsample
from unetgen.plan.ops.workspace import Kept, Workspace
from unetgen.plan.tensor import TensorSpec, sizes

SLAB = 2**21
"""Values of a tensor that filtering works on at a time: those of its sums and products are 40 MiB in
float32. In one slab a layer is slower, at 512x512 with 64 channels by 5 % in 8 and 11 % in 32 (one thread,
TensorFlow 2.21); but each slab is a hundred nodes more of the graph, which take memory and time too."""
WRITTEN: Mapping[int, int] = {2: 9, 4: 10}
"""As how many values written the sums of inputs and of products count for each value of input and output, by
how many outputs are made at once. Measured as the time above that of the multiplications left (1x512x512x64,
256x256x128, 128x128x256, 64x64x512, 96x96x16x64, 128x128x128x32; 2 cores with AVX512, TensorFlow 2.21): 7 to
9 where these multiply 105 GMAC/s, 12 to 15 where they multiply 250, whose memory is as fast. Time over
that of the plain convolution by twos and fours on the former: 0.99 and 0.77, 0.82 and 0.62, 0.81 and 0.67,
0.69 and 0.54, 0.78 and 0.62, 0.85 and 0.69; of the first two on the latter: 1.54 and 1.18, 1.00 and 0.85."""
DERIVED: Mapping[int, int] = {2: 10, 4: 15}
"""As how many values written the kernels of filtering count for each weight of the original: they are made
and brought into TensorFlow's order in the step, and hold 4/3 and 2 times as many. Measured as above, with 250
GMAC/s: 4 to 10 and 9 to 15 (8x8x8x256, 4x4x4x320). Not counted, a U-Net on a ResNet-34 at 256x256, whose
convolutions were all filtered, took 1.17 times as long."""
SLAB_OF_PAIRS = 2**20
"""The same where both gradients are made by pairs too: measured with 32 MB, 128 to 512 channels in 2D
took 1.4 to 1.5 times less time with 1 to 4 million bytes a slab, 1.2 to 1.3 with more or fewer."""
_GROUPS: Mapping[int, str] = {2: "pairs", 4: "fours"}


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
    paired: int | None = None
    """The axis along which what is not up-sampled is convolved by pairs of outputs, and both gradients are
    made by pairs too; for training. As with `winograd`, but that the convolution pads as ``same`` and its
    kernel has odd sizes."""
    winograd: int | None = None
    """The axis along which what is not up-sampled is convolved by Winograd's minimal filtering: n + 2
    multiplications for n outputs of 3 taps (Winograd 1980; Lavin and Gray 2015, arXiv 1509.09308, section
    4.1). The kernel has 3 taps there, and strides and dilations are 1."""
    winograd_outputs: int = 2
    """The outputs n that are made at once, 2 or 4; they divide the output's size on that axis."""

    is_over_input: bool = False
    """Whether what is filtered is written over its input: there is one, of the output's shape, that nothing
    needs afterwards. Not with `paired`."""

    rounds_weights: ClassVar[bool] = True

    def words(self) -> str:
        """``conv 3×3 of 2×2 up and as it is``; ``conv 3×3, filtered by pairs`` where all is as it is."""
        filtered = f", filtered by {_GROUPS[self.winograd_outputs]}" if self._along is not None else ""
        grown = [f"{sizes(size)} up" if max(size) > 1 else "as it is" for size in self.factors]
        words = self.conv.words() + filtered
        return words if grown == ["as it is"] else f"{words} of {' and '.join(grown)}"

    @property
    def kept(self) -> Kept:
        return self.conv.kept

    def workspace(self, inputs: Specs) -> Workspace:
        out = self.infer(inputs)
        forward: tuple[int, ...] = ()
        if self.paired is not None:  # padded, sums, their products; parts of the output, which are joined
            widest = max(spec.elements for spec in self._filtered(inputs))
            of_a_slab = (each // self.slabs(inputs) for each in (widest, 2 * widest, 2 * out.elements))
            forward = (*of_a_slab, out.elements)
        return Workspace(
            forward=forward,
            term=self._of_a_slab(inputs) or (out.elements if len(inputs) > 1 else 0),
            is_over_input=self.is_over_input,
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
        products = self._products * out
        return self.conv.filters * int(
            sum(
                # Counted at the output; of a transposed convolution at its input, as `TransposedConv` does.
                (products if max(factors) == 1 else spec.positions * math.prod(kernel)) * spec.channels
                for spec, factors, kernel in each
            )
        )

    @property
    def _products(self) -> Fraction:
        """Multiplications of a channel for each output, where nothing is up-sampled."""
        taken = Fraction(self.winograd_outputs + 2, 3 * self.winograd_outputs)
        return math.prod(self.conv.kernel) * (Fraction(1) if self._along is None else taken)

    @property
    def _along(self) -> int | None:
        """The axis along which outputs are made at once."""
        return self.winograd if self.paired is None else self.paired

    def slabs(self, inputs: Specs) -> int:
        """Into how many slabs the axis of filtering is cut.

        A slab has `SLAB` values of an input or of the output, and in every slab TensorFlow brings the
        kernels into its own layout, so that it has several times their values too. With `paired` all slabs
        are of equal size.
        """
        if self._along is None:
            return 1
        out, filtered = self.infer(inputs), self._filtered(inputs)
        tiles = out.spatial[self._along] // self.winograd_outputs
        widest = out.positions * max(spec.channels for spec in (out, *filtered))
        if self.paired is not None:
            fits = (n for n in range(1, tiles) if tiles % n == 0 and widest <= n * SLAB_OF_PAIRS)
            return next(fits, tiles)
        kernel = math.prod(self.conv.kernel) * self.conv.filters * max(spec.channels for spec in filtered)
        return max(1, min(tiles, widest // max(SLAB, 4 * kernel)))

    def held_beside(self, inputs: Specs) -> int:
        """Terms and kernels; of what is filtered one slab, which is added to a term in its place.

        What is written over an input is held once.
        """
        out, filtered = self.infer(inputs).elements, self._filtered(inputs)
        if self.paired is not None:
            widest = max(spec.elements for spec in filtered)
            slab = 2 * (widest + out) // self.slabs(inputs)
            return len(inputs) * out + self._derived(inputs) + slab
        whole = len(inputs) - len(filtered) - self.terms_in_slabs(inputs)
        terms = max(0, whole - 1) * out - self.is_over_input * out
        return terms + self._derived(inputs) + self._of_a_slab(inputs)

    def terms_in_slabs(self, inputs: Specs) -> int:
        """How many of those that are up-sampled are convolved a slab at a time, as what is filtered is."""
        if self.winograd is None or self.slabs(inputs) == 1:
            return 0
        is_cropped_evenly = self.conv.padding == "same" and all(size % 2 for size in self.conv.kernel)
        grown = [factors[self.winograd] for factors in self.factors if max(factors) > 1]
        return sum(is_cropped_evenly and self.winograd_outputs % factor == 0 for factor in grown)

    def written_beside(self, inputs: Specs) -> int:
        """Terms and kernels; what filtering reads and writes counts too, see `WRITTEN`.

        With `paired` it also cuts and joins, and the sums of taps count. Measured on one core with AVX512: 32
        channels in 3D gain nothing, and 320 at 4x4x4 lose.
        """
        out = self.infer(inputs).elements
        filtered = self._filtered(inputs)
        alone = (len(inputs) - 1) * out + self._derived(inputs)
        kernels = math.prod(self.conv.kernel) * self.conv.filters * sum(spec.channels for spec in filtered)
        if self.paired is None:
            values = sum(spec.elements + out for spec in filtered)
            return alone + WRITTEN[self.winograd_outputs] * values + DERIVED[self.winograd_outputs] * kernels
        return alone + 2 * kernels + sum(9 * (spec.elements + out) for spec in filtered)

    def _of_a_slab(self, inputs: Specs) -> int:
        """Values of a slab's inputs, sums and products held at once.

        Measured: 62 MiB of 8 slabs, with 100 MiB of input and of output (TensorFlow 2.21).
        """
        if self.winograd is None:
            return 0
        out = self.infer(inputs).elements
        widest = max(spec.elements for spec in self._filtered(inputs))
        sums_and_products = 5 * (widest + out) // 2
        return (sums_and_products + self.terms_in_slabs(inputs) * out) // self.slabs(inputs)

    def _derived(self, inputs: Specs) -> int:
        """Elements of the kernels that are made of the original's."""
        each = zip(inputs, self.factors, self.derived_kernels, strict=True)
        taps = sum(math.prod(kernel) * spec.channels for spec, factors, kernel in each if max(factors) > 1)
        return taps * self.conv.filters

    def _filtered(self, inputs: Specs) -> list[TensorSpec]:
        if self._along is None:
            return []
        return [spec for spec, factors in zip(inputs, self.factors, strict=True) if max(factors) == 1]

    @property
    def derived_kernels(self) -> tuple[Axes, ...]:
        """The kernel by which each input is convolved."""
        return tuple(
            tuple(k + f - 1 for k, f in zip(self.conv.kernel, factors, strict=True))
            for factors in self.factors
        )
