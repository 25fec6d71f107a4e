"""Tiling against a plain loop over positions, and against numbers of MONAI's sliding_window_inference."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

import numpy as np
import pytest

from unetgen.images.image import Values
from unetgen.predicting.tiling import WEIGHTINGS, Position, Scores, Tiles, read_tile, starts, weighted_means

SIZES = [
    ((17,), (8,)),
    ((5,), (8,)),
    ((19, 11), (8, 5)),
    ((7, 14), (12, 6)),
    ((6, 6), (6, 6)),
    ((3, 2), (8, 7)),
    ((9, 7, 11), (4, 5, 4)),
    ((5, 12, 4), (3, 8, 8)),
]
FROM_MONAI = [
    ((11, 6), (5, 8), "gaussian", 0.0, [0.0, 15.0, 48.0, 53.81063, 8.21755], 2371.686),
    ((11, 6), (5, 8), "gaussian", 0.25, [0.0, 15.0, 30.37874, 71.43188, 8.0], 2350.353),
    ((11, 6), (5, 8), "gaussian", 0.5, [0.0, 14.96436, 36.0, 63.0, 8.01188], 2352.976),
    ((11, 6), (5, 8), "constant", 0.25, [0.0, 15.0, 39.0, 58.5, 8.0], 2356.5),
    ((7, 9, 5), (4, 5, 5), "gaussian", 0.0, [0.0, 8.0, 14.0, 21.0, 24.0], 11230.5),
    ((7, 9, 5), (4, 5, 5), "gaussian", 0.25, [0.0, 7.93688, 14.04208, 21.0, 27.1298], 11203.801),
    ((7, 9, 5), (4, 5, 5), "constant", 0.5, [0.0, 7.0, 12.0, 22.5, 30.0], 11197.333),
    ((13,), (6,), "gaussian", 0.0, [0.0, 1.0, 12.0, 4.02777, 16.57831], 258.561),
    ((13,), (6,), "gaussian", 0.25, [0.0, 1.0, 4.22218, 2.01441, 16.0], 269.599),
    ((13,), (6,), "constant", 0.0, [0.0, 1.0, 12.0, 4.5, 18.0], 257.5),
    ((13,), (6,), "constant", 0.5, [0.0, 1.0, 9.0, 3.33333, 18.0], 251.0),
]
"""Of MONAI 1.6.1: some values of the mean, and the sum of all without their signs."""


def network(tile: Values) -> Values:
    """Two classes of one channel ``(*tile, 1)``, that depend on where in the tile a position is."""
    ramp = np.indices(tile.shape[:-1]).sum(0)[..., None].astype("float32")
    return np.concatenate([tile * (1 + ramp), tile - ramp], -1)


def image_of(size: tuple[int, ...]) -> Values:
    return ((7 * np.arange(np.prod(size)).reshape(size)) % 11).astype("float32")[..., None]


def tiled(image: Values, tiles: Tiles, weights: Scores, function: Callable[[Values], Values]) -> Values:
    def predictions() -> Iterator[tuple[Position, Values]]:
        for start in tiles:
            room = np.empty((*tiles.tile, image.shape[-1]), "float32")
            read_tile(room, image, start)
            yield start, function(room)

    whole = np.full((*tiles.size, 2), np.nan, "float32")
    for place, values in weighted_means(tiles, weights, predictions()):
        assert np.isnan(whole[place]).all()  # no position comes twice
        whole[place] = values
    return whole


def looped(image: Values, tile: tuple[int, ...], overlap: float, weighting: str) -> Values:
    """The same in double precision, every tile and every position on its own."""
    size = image.shape[:-1]
    before = [max(t - n, 0) // 2 for n, t in zip(size, tile, strict=True)]
    padded = np.zeros((*(max(n, t) for n, t in zip(size, tile, strict=True)), 1))
    padded[tuple(slice(b, b + n) for b, n in zip(before, size, strict=True))] = image
    every = []
    for length, t in zip(padded.shape, tile, strict=False):
        begins, begin = [], 0
        while begin + t < length:
            begins.append(begin)
            begin += max(int(t * (1 - overlap)), 1)
        every.append([*begins, length - t])
    sums, totals = np.zeros((*padded.shape[:-1], 2)), np.zeros(padded.shape[:-1])
    for start in product(*every):
        values = network(padded[tuple(slice(s, s + t) for s, t in zip(start, tile, strict=True))])
        for place in np.ndindex(*tile):
            distances = [(p - (t - 1) / 2) / (t / 8) for p, t in zip(place, tile, strict=True)]
            weight = max(np.exp(-0.5 * np.square(distances).sum()), 1e-3)
            weight = weight if weighting == "gaussian" else 1.0
            at = tuple(np.add(start, place))
            sums[at] += weight * values[place]
            totals[at] += weight
    inside = tuple(slice(b, b + n) for b, n in zip(before, size, strict=True))
    return (sums / totals[..., None])[inside]


@pytest.mark.parametrize("overlap", [0.0, 0.25, 0.5, 0.9])
@pytest.mark.parametrize("weighting", WEIGHTINGS)
@pytest.mark.parametrize(("size", "tile"), SIZES)
def test_the_mean_is_that_of_a_loop_over_tiles_and_positions(
    size: tuple[int, ...], tile: tuple[int, ...], weighting: str, overlap: float
) -> None:
    image = image_of(size)
    mean = tiled(image, Tiles(size, tile, overlap), WEIGHTINGS[weighting](tile), network)
    np.testing.assert_allclose(mean, looped(image, tile, overlap, weighting), rtol=1e-6, atol=1e-5)


@pytest.mark.parametrize(("size", "tile", "weighting", "overlap", "values", "total"), FROM_MONAI)
def test_the_mean_is_that_of_monai(
    size: tuple[int, ...],
    tile: tuple[int, ...],
    weighting: str,
    overlap: float,
    values: list[float],
    total: float,
) -> None:
    mean = tiled(image_of(size), Tiles(size, tile, overlap), WEIGHTINGS[weighting](tile), network).ravel()
    np.testing.assert_allclose(mean[:: len(mean) // 5][:5], values, rtol=0, atol=1e-5)
    np.testing.assert_allclose(np.abs(mean).sum(), total, rtol=1e-6)


@pytest.mark.parametrize("size", [1, 7, 8, 9, 100])
@pytest.mark.parametrize("overlap", [0.0, 0.3, 0.5, 0.99])
def test_tiles_cover_an_axis_from_its_first_position_to_its_last(size: int, overlap: float) -> None:
    begins = starts(size, 8, overlap)
    covered = {position for begin in begins for position in range(begin, begin + 8)}
    assert covered >= set(range(size))
    assert list(begins) == sorted(set(begins))
    assert begins[-1] == max(size - 8, 0)


def test_slabs_lie_on_the_axis_on_which_a_tile_is_the_least_part() -> None:
    tiles = Tiles((64, 64, 60), (32, 32, 4), 0.5)
    assert tiles.axis == 2
    positions = list(tiles)
    assert len(positions) == len(tiles) == 3 * 3 * 29
    assert [start[2] for start in positions] == sorted(start[2] for start in positions)


def test_slabs_come_as_soon_as_no_later_tile_reaches_them() -> None:
    tiles = Tiles((20, 3), (4, 3), 0.5)
    given = []

    def predictions() -> Iterator[tuple[Position, Values]]:
        for start in tiles:
            given.append(start)
            yield start, np.ones((4, 3, 1), "float32")

    behind = []
    for place, values in weighted_means(tiles, np.ones((4, 3), "float32"), predictions()):
        behind.append((place[0].stop, len(given)))
        assert values.shape == (place[0].stop - place[0].start, 3, 1)
    assert behind == [(2, 2), (4, 3), (6, 4), (8, 5), (10, 6), (12, 7), (14, 8), (16, 9), (20, 9)]


@pytest.mark.parametrize("start", [(-3, -2), (0, 0), (4, 3), (-9, 1), (2, -30)])
@pytest.mark.parametrize("size", [(7, 5), (2, 1)])
def test_a_tile_beyond_the_border_sees_zeros_or_a_mirror(
    start: tuple[int, int], size: tuple[int, int]
) -> None:
    image = image_of(size)
    around = [(40, 40), (40, 40), (0, 0)]
    at = tuple(slice(40 + first, 40 + first + 6) for first in start)
    for mirrored, mode in ((False, "constant"), (True, "reflect")):
        room = np.full((6, 6, 1), np.nan, "float32")
        read_tile(room, image, start, mirrored)
        np.testing.assert_array_equal(room, np.pad(image, around, mode=mode)[at])  # type: ignore[call-overload]
