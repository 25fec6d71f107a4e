"""Convolutions with 3 taps along one axis by Winograd's minimal filtering, a slab at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import keras
import numpy as np
from keras import ops

from unetgen.layers.filtering_in_place import Filtering, filtered_in_place
from unetgen.layers.tensor import Tensor
from unetgen.layers.upsampled_term import Term

Convolve = Callable[[Tensor, Tensor], Tensor]
"""A convolution of an input with a kernel that has one tap on the axis of filtering."""
POINT = 0.5
"""F(4, 3) evaluates polynomials at 0, 1, -1, this, its opposite, and infinity. In float32 its roundings are
2.1 times those of the direct sum (root mean square, 64 channels); 2.2 times with 2, 2.7 times with 3/4."""


class Filter(NamedTuple):
    """Minimal filtering of 3 taps: some neighbouring outputs from their inputs, by fewer products."""

    kernels: Callable[[Sequence[Tensor]], list[Tensor]]
    """Of the three taps, those that its sums of inputs are convolved with."""
    outputs: Callable[
        [Sequence[Tensor], Sequence[Tensor], Convolve, Callable[[Tensor], Tensor]], list[Tensor]
    ]
    """From inputs and kernels; what is given last adds the bias to the product that is in every output."""


def _kernels_of_two(taps: Sequence[Tensor]) -> list[Tensor]:
    g0, g1, g2 = taps
    return [g0, (g0 + g1 + g2) * 0.5, (g0 - g1 + g2) * 0.5, g2]


def _two(
    d: Sequence[Tensor], g: Sequence[Tensor], conv: Convolve, biased: Callable[[Tensor], Tensor]
) -> list[Tensor]:
    """F(2, 3) in the notation of arXiv 1509.09308, equation 5."""
    both, odd = biased(conv(d[1] + d[2], g[1])), conv(d[2] - d[1], g[2])
    return [conv(d[0] - d[2], g[0]) + (both + odd), (both - odd) + conv(d[3] - d[1], g[3])]


def _kernels_of_four(taps: Sequence[Tensor]) -> list[Tensor]:
    g0, g1, g2 = taps
    p, square = POINT, POINT**2
    ends, inner = g0 + g2, g0 + g2 * square
    one, other = 1 / (2 * (1 - square)), 1 / (2 * square * (square - 1))
    return [
        g0 * (1 / square),
        (ends + g1) * one,
        (ends - g1) * one,
        (inner + g1 * p) * other,
        (inner - g1 * p) * other,
        g2,
    ]


def _four(
    d: Sequence[Tensor], g: Sequence[Tensor], conv: Convolve, biased: Callable[[Tensor], Tensor]
) -> list[Tensor]:
    """F(4, 3): the product of polynomials by their values, transposed (Winograd 1980; Toom and Cook)."""
    p, square = POINT, POINT**2
    even, odd = d[4] - d[2], d[3] - d[1]
    wide_even, wide_odd, step = d[4] - d[2] * square, d[3] - d[1] * square, odd * p
    m1, m2 = biased(conv(wide_even + wide_odd, g[1])), conv(wide_even - wide_odd, g[2])
    m3, m4 = conv(even + step, g[3]), conv(even - step, g[4])
    sums, differences = (m1 + m2, m3 + m4), (m1 - m2, (m3 - m4) * p)
    return [
        conv(even - (d[2] - d[0]) * square, g[0]) + (sums[0] + sums[1]),
        differences[0] + differences[1],
        sums[0] + sums[1] * square,
        (differences[0] + differences[1] * square) + conv((d[5] - d[3]) - odd * square, g[5]),
    ]


FILTERS: Mapping[int, Filter] = {2: Filter(_kernels_of_two, _two), 4: Filter(_kernels_of_four, _four)}
"""By how many outputs they make at once."""


def filtered(
    x: Tensor,
    kernel: Tensor,
    bias: Tensor | None,
    total: Tensor | None,
    conv: Convolve,
    activation: Callable[[Tensor], Tensor],
    *,
    dim: int,
    size: int,
    outputs: int,
    slabs: int,
    is_padded: bool,
    terms: Sequence[Term] = (),
    is_over_input: bool = False,
) -> Tensor:
    """The activation of the convolution of ``x``, its bias, `terms` and ``total``, if there is one.

    The outputs along ``dim`` are computed in ``slabs``, one after the other, so that only the sums and
    products of one are held besides. In TensorFlow each is written into its place, in ``total`` where that
    is given and nothing else uses it.

    Args:
        x: ``(batch, *spatial, channels)``.
        kernel: ``(*kernel, channels, filters)`` with 3 taps on the spatial axis ``dim``.
        size: the output's on that axis, which ``outputs`` divides.
        outputs: how many neighbours are made at once, see `FILTERS`.
        is_padded: whether ``x`` is to be padded by one on both ends of the axis.
        terms: what else is added, made a slab at a time; for TensorFlow only.
        is_over_input: whether TensorFlow writes over ``x``, of the output's shape, where ``total`` is None.
    """
    axis, filter_ = dim + 1, FILTERS[outputs]
    kernels = filter_.kernels(ops.split(kernel, 3, axis=dim))

    def made(inputs: Sequence[Tensor]) -> list[Tensor]:
        return filter_.outputs(inputs, kernels, conv, lambda y: y if bias is None else ops.add(y, bias))

    if keras.backend.backend() == "tensorflow":
        *sizes, _, filters = kernel.shape
        by = Filtering(made, activation, tuple(sizes), filters, axis, outputs, is_padded)
        over = is_over_input and total is None
        return filtered_in_place(by, x, total, terms, size=size, slabs=slabs, is_over_input=over)
    parts: list[Tensor] = []
    for first, count in _slabs(size // outputs, slabs):
        inputs = _inputs(x, axis, first * outputs - is_padded, count, outputs)
        parts.append(_beside_each_other(made(inputs), axis))
    whole = parts[0] if len(parts) == 1 else ops.concatenate(parts, axis=axis)
    return activation(whole if total is None else whole + total)


def _beside_each_other(made: Sequence[Tensor], axis: int) -> Tensor:
    """Outputs 0, 1 and so on of each tile, tile by tile."""
    both = ops.stack(made, axis=axis + 1)
    shape = ops.shape(both)
    return ops.reshape(both, (-1, *shape[1:axis], shape[axis] * len(made), *shape[axis + 2 :]))


def _slabs(tiles: int, slabs: int) -> Iterator[tuple[int, int]]:
    """The first tile of each slab, and how many it has."""
    borders = [tiles * index // slabs for index in range(slabs + 1)]
    yield from ((low, high - low) for low, high in pairwise(borders) if high > low)


def _inputs(x: Tensor, axis: int, start: int, count: int, step: int) -> list[Tensor]:
    """For each of the ``step + 2`` inputs of a tile, those of ``count`` tiles, the first at ``start``."""
    end, size = start + count * step + 2, x.shape[axis]
    low, high = max(start, 0), min(end, size)
    slab = x
    if (low, high) != (0, size):
        slab = x[(*(slice(None),) * axis, slice(low, high))]
    if low > start or end > high:
        ends = (low - start, end - high)
        slab = ops.pad(slab, [ends if each == axis else (0, 0) for each in range(len(x.shape))])
    return [ops.take(slab, np.arange(at, at + count * step, step), axis=axis) for at in range(step + 2)]
