"""nnU-Net's rules for patch, levels, strides, kernels and features: numbers in, numbers out.

Sizes are in positions, one number an axis; stages count from the finest. Facts: Isensee et al. 2021,
doi 10.1038/s41592-020-01008-z, and what nnU-Net 2 computes (github.com/MIC-DKFZ/nnUNet,
nnunetv2/experiment_planning/experiment_planners). There are rules for two and three axes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Axes = tuple[int, ...]

COARSEST = 4
"""An axis is halved as long as so many positions are left."""
ALIKE = 2
"""Axes whose spacing is less than so many times the finest are halved together, and convolved together."""
FIRST_POSITIONS = {2: 2048**2, 3: 256**3}
"""Positions of the first patch that is tried, by the number of axes; it is larger than what will fit."""
FIRST_FEATURES = 32
MOST_FEATURES = {2: 512, 3: 320}
"""By the number of axes."""


@dataclass(frozen=True)
class NnunetTopology:
    """A patch and the network for it; `strides` and `kernels` have one entry a stage."""

    patch: Axes
    strides: tuple[Axes, ...]
    kernels: tuple[Axes, ...]

    @property
    def stages(self) -> int:
        """Levels of resolution, the bottom included."""
        return len(self.strides)

    @property
    def divisors(self) -> Axes:
        """What the patch is a multiple of."""
        return tuple(map(math.prod, zip(*self.strides, strict=True)))

    @property
    def sizes(self) -> tuple[Axes, ...]:
        """The size at each stage."""
        sizes = [self.patch]
        for strides in self.strides[1:]:
            sizes.append(tuple(size // by for size, by in zip(sizes[-1], strides, strict=True)))
        return tuple(sizes)

    @property
    def features(self) -> Axes:
        """Features of each stage: they double up to the most that nnU-Net allows."""
        most = MOST_FEATURES[len(self.patch)]
        return tuple(min(FIRST_FEATURES * 2**stage, most) for stage in range(self.stages))


def topology(spacing: Sequence[float], patch: Sequence[float]) -> NnunetTopology:
    """The network for patches of about this size, which grow to what the strides divide.

    >>> topology((3.6, 0.625, 0.625), (20, 320, 256)).strides
    ((1, 1, 1), (1, 2, 2), (1, 2, 2), (2, 2, 2), (2, 2, 2), (1, 2, 2), (1, 2, 2))
    """
    dims = len(spacing)
    here, size = list(spacing), list(patch)
    kernel = (1,) * dims
    strides, kernels = [(1,) * dims], []
    while halved := _halved(here, size):
        finest = min(here)
        kernel = tuple(3 if each / finest < ALIKE else old for each, old in zip(here, kernel, strict=True))
        kernels.append(kernel)
        strides.append(tuple(2 if axis in halved else 1 for axis in range(dims)))
        for axis in halved:
            here[axis] *= 2
            size[axis] = math.ceil(size[axis] / 2)
    kernels.append((3,) * dims)
    found = NnunetTopology(tuple(map(math.ceil, patch)), tuple(strides), tuple(kernels))
    whole = (math.ceil(size / by) * by for size, by in zip(patch, found.divisors, strict=True))
    return NnunetTopology(tuple(whole), found.strides, found.kernels)


def _halved(spacing: Sequence[float], size: Sequence[float]) -> Axes:
    """The axes that are halved next: of those that are long enough, the finest and those like it."""
    long = [axis for axis, count in enumerate(size) if count >= 2 * COARSEST]
    if not long:
        return ()
    finest = min(spacing[axis] for axis in long)
    halved = tuple(axis for axis in long if spacing[axis] / finest < ALIKE)
    is_worth_it = len(halved) > 1 or size[halved[0]] >= 3 * COARSEST
    return halved if is_worth_it else ()


def candidates(spacing: Sequence[float], size: Sequence[float]) -> Iterator[NnunetTopology]:
    """Networks for images of this median `size`, from the largest patch that makes sense to the smallest.

    From one to the next, the axis of which the patch shows the most loses one step of what divides it. Each
    has a stride.
    """
    here = topology(spacing, first_patch(spacing, size))
    while here.stages > 1:
        yield here
        smaller = _smaller(spacing, here, size)
        if smaller is None:
            return
        here = smaller


def first_patch(spacing: Sequence[float], size: Sequence[float]) -> tuple[float, ...]:
    """A patch as wide in space along every axis, and nowhere larger than the images' median `size`.

    >>> first_patch((1, 2), (4000, 300))
    (2896, 300)
    """
    dims = len(spacing)
    scale = (FIRST_POSITIONS[dims] * math.prod(spacing)) ** (1 / dims)
    return tuple(min(round(scale / each), most) for each, most in zip(spacing, size, strict=True))


def _smaller(spacing: Sequence[float], here: NnunetTopology, size: Sequence[float]) -> NnunetTopology | None:
    shown = [count / most for count, most in zip(here.patch, size, strict=True)]
    axis = max(range(len(shown)), key=lambda each: (shown[each], each))
    # The smaller patch may have fewer strides along this axis, so that a smaller step is enough.
    less = list(here.patch)
    less[axis] -= here.divisors[axis]
    step = topology(spacing, less).divisors[axis]
    patch = list(here.patch)
    patch[axis] -= step
    return topology(spacing, patch) if patch[axis] > 0 else None


def feature_values(
    shape: NnunetTopology, convs: Sequence[int], decoder_convs: Sequence[int], classes: int, is_residual: bool
) -> int:
    """Values of all convolutions' outputs for one patch: what nnU-Net takes for the measure of memory.

    `convs` are convolutions or, in a residual network, blocks of two convolutions by stage; `decoder_convs`
    are those on the way up, by stage from the finest.
    """
    widths, positions = shape.features, [math.prod(size) for size in shape.sizes]
    values = widths[0] * positions[0] if is_residual else 0  # the stem
    for stage, (width, count) in enumerate(zip(widths, positions, strict=True)):
        outputs = convs[stage] * (2 if is_residual else 1)
        outputs += is_residual and stage > 0  # the shortcut of the block that changes the size
        values += outputs * width * count
    for stage in range(shape.stages - 1):  # a transposed convolution and the block behind it
        values += (decoder_convs[stage] + 1) * widths[stage] * positions[stage]
    return values + classes * positions[0]
