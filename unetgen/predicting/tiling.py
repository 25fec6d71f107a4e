"""Tiles: where they lie on an image, what each counts for at a position, and the weighted mean of them all.

Positions and weights are those of MONAI's `sliding_window_inference`
(https://docs.monai.io/en/stable/inferers.html), so that a network gives the same there and here. What is held
is one slab: the extent of a tile on the axis where that is the least, and the whole image on the others.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray

from unetgen.images.image import Values

Position = tuple[int, ...]
Place = tuple[slice, ...]
Scores = NDArray[np.float32]

SIGMA = 0.125
"""Of the Gaussian on each axis, as a part of the tile."""
LEAST_WEIGHT = 1e-3
"""No position of a tile counts for less, where the largest weight is 1: in corners it would be nothing."""


def starts(size: int, tile: int, overlap: float) -> tuple[int, ...]:
    """Where tiles begin on an axis: as far apart as `overlap` says, the last one flush with the end.

    >>> starts(10, 4, 0.5), starts(10, 4, 0.0), starts(3, 4, 0.5)
    ((0, 2, 4, 6), (0, 4, 6), (0,))
    """
    if tile >= size:
        return (0,)
    step = max(int(tile * (1 - overlap)), 1)
    count = math.ceil((size - tile) / step) + 1
    return tuple(min(index * step, size - tile) for index in range(count))


def _constant(tile: Sequence[int]) -> Scores:
    return np.ones(tile, "float32")


def _gaussian(tile: Sequence[int]) -> Scores:
    product_of_axes = np.ones((), "float32")
    for size in tile:
        distance = np.arange(size, dtype="float32") - np.float32((size - 1) / 2)
        axis = np.exp(distance**2 / np.float32(-2 * (SIGMA * size) ** 2))
        product_of_axes = product_of_axes[..., None] * axis
    return np.maximum(product_of_axes, LEAST_WEIGHT, dtype="float32")


WEIGHTINGS: Mapping[str, Callable[[Sequence[int]], Scores]] = {"gaussian": _gaussian, "constant": _constant}
"""What each position of a tile counts for, by name: an array of the tile's shape."""


@dataclass(frozen=True)
class Tiles:
    """The tiles of one image, in the order in which they are predicted; iterating gives their positions.

    An image smaller than a tile on an axis is padded to it on both sides, the odd position at the end.

    >>> tiles = Tiles((5, 2), (3, 4), 0.5)
    >>> list(tiles), tiles.before
    ([(0, -1), (1, -1), (2, -1)], (0, 1))
    """

    size: tuple[int, ...]
    """Of the image, spatial axes alone."""
    tile: tuple[int, ...]
    """What a tile tells of: the size of the network's output."""
    overlap: float = 0.5
    """The part of a tile that the next one covers too, 0 to less than 1."""

    @cached_property
    def before(self) -> tuple[int, ...]:
        """The positions of padding before the image on each axis."""
        return tuple(max(tile - size, 0) // 2 for size, tile in zip(self.size, self.tile, strict=True))

    @cached_property
    def axis(self) -> int:
        """The axis along which they go slab by slab: that on which a tile is the least part of the image."""
        parts = [tile / max(size, tile) for size, tile in zip(self.size, self.tile, strict=True)]
        return parts.index(min(parts))

    @cached_property
    def starts(self) -> tuple[tuple[int, ...], ...]:
        """Where they begin on each axis, counted from the padding."""
        return tuple(
            starts(size, tile, self.overlap) for size, tile in zip(self.size, self.tile, strict=True)
        )

    def __len__(self) -> int:
        return math.prod(map(len, self.starts))

    def __iter__(self) -> Iterator[Position]:
        """The positions in the image, below 0 where a tile begins in the padding."""
        ordered = [*self.starts]
        ordered.insert(0, ordered.pop(self.axis))
        for place in product(*ordered):
            start = [*place[1:]]
            start.insert(self.axis, place[0])
            yield tuple(at - before for at, before in zip(start, self.before, strict=True))


def read_tile(out: Values, image: Values, start: Sequence[int], mirrored: bool = False) -> None:
    """Fill `out`, ``(*tile, channels)``, with that part of `image` which begins at `start`.

    Outside of the image there are zeros, or with `mirrored` the image as if its outermost positions were
    mirrors.
    """
    spans = [(at, at + tile, size) for at, tile, size in zip(start, out.shape, image.shape, strict=False)]
    if all(first >= 0 and last <= size for first, last, size in spans):
        out[...] = image[tuple(slice(first, last) for first, last, _ in spans)]
    elif mirrored:
        out[...] = image[np.ix_(*(_mirrored(*span) for span in spans))]
    else:
        out[...] = 0
        inside = [(max(first, 0), min(last, size), first) for first, last, size in spans]
        if all(first < last for first, last, _ in inside):
            here = tuple(slice(first - at, last - at) for first, last, at in inside)
            out[here] = image[tuple(slice(first, last) for first, last, _ in inside)]


def _mirrored(first: int, last: int, size: int) -> NDArray[np.intp]:
    """The positions from `first` to `last` on an axis of this size, folded back at its ends."""
    around = max(2 * (size - 1), 1)
    folded = np.arange(first, last) % around
    return np.minimum(folded, around - folded) if size > 1 else np.zeros(last - first, np.intp)


def weighted_means(
    tiles: Tiles, weights: Scores, predictions: Iterable[tuple[Position, Values]]
) -> Iterator[tuple[Place, Scores]]:
    """The weighted mean of all tiles at each position, slab by slab, as soon as no later tile reaches it.

    `predictions` are positions in the order of `tiles`, with values ``(*tile, classes)``. What comes is a
    place in the image and its values ``(*slab, classes)``; the places cover the image, each position once.
    """
    slab: _Slab | None = None
    for start, values in predictions:
        if slab is None:
            slab = _Slab(tiles, weights, values.shape[-1])
        yield from slab.finished(start[tiles.axis])
        slab.add(start, values)
    if slab is not None:
        yield from slab.finished(slab.begin + tiles.tile[tiles.axis])


class _Slab:
    """Sums over the tiles that lie here, ``(classes, slab, *other axes)``; moves on along the slab's axis."""

    def __init__(self, tiles: Tiles, weights: Scores, classes: int) -> None:
        self.tiles = tiles
        self.begin = -tiles.before[tiles.axis]
        self._weights = np.ascontiguousarray(np.moveaxis(weights, tiles.axis, 0))
        sizes = [max(size, tile) for size, tile in zip(tiles.size, tiles.tile, strict=True)]
        del sizes[tiles.axis]
        self._sums = np.zeros((classes, tiles.tile[tiles.axis], *sizes), "float32")
        self._total = np.zeros(self._sums.shape[1:], "float32")

    def add(self, start: Position, values: Values) -> None:
        tiles = self.tiles
        sizes = zip(start, tiles.before, tiles.tile, strict=True)
        spans = [slice(at + pad, at + pad + tile) for at, pad, tile in sizes]
        del spans[tiles.axis]
        place = (slice(None), *spans)
        self._total[place] += self._weights
        for sums, each in zip(self._sums, np.moveaxis(values, (-1, tiles.axis), (0, 1)), strict=True):
            sums[place] += each * self._weights

    def finished(self, begin: int) -> Iterator[tuple[Place, Scores]]:
        """What lies before `begin` on the slab's axis, within the image; the slab begins there from now."""
        count, here = begin - self.begin, self.begin
        if count == 0:
            return
        tiles, axis = self.tiles, self.tiles.axis
        first, last = max(here, 0), min(begin, tiles.size[axis])
        inside = [slice(pad, pad + size) for pad, size in zip(tiles.before, tiles.size, strict=True)]
        inside[axis] = slice(first - here, last - here)
        inside.insert(0, inside.pop(axis))
        means = np.divide(self._sums[(slice(None), *inside)], self._total[tuple(inside)], dtype="float32")
        self._move(count)
        place = [slice(0, size) for size in tiles.size]
        place[axis] = slice(first, last)
        yield tuple(place), np.moveaxis(means, (0, 1), (-1, axis))

    def _move(self, count: int) -> None:
        for sums in (*self._sums, self._total):
            sums[: len(sums) - count] = sums[count:]
            sums[len(sums) - count :] = 0
        self.begin += count
