"""Warps: whole voxels move exactly, all else is one linear interpolation, and only what is needed is read."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from tests.data.augmentation.oracle import cut_by_loop
from unetgen.data.augmentation.spatial import rotation
from unetgen.data.augmentation.warp import LINEAR, NEAREST, Cutter, Warp

SIZES = [(1,), (7,), (7, 9), (13, 8, 9)]


def middle_of(size: tuple[int, ...]) -> np.ndarray:
    return (np.array(size) - 1) / 2


def still(dims: int) -> Warp:
    return Warp(np.eye(dims), np.eye(dims))


@pytest.mark.parametrize("size", SIZES)
def test_without_transforms_a_patch_is_the_image_bit_for_bit(size: tuple[int, ...]) -> None:
    values = np.random.default_rng(0).standard_normal(size).astype(np.float32)
    for order in (LINEAR, NEAREST):
        assert np.array_equal(Cutter(still(len(size)), size, middle_of(size)).cut(values, order, -1), values)


@pytest.mark.parametrize("size", SIZES)
def test_a_flip_moves_whole_voxels(size: tuple[int, ...]) -> None:
    values = np.random.default_rng(0).standard_normal(size).astype(np.float32)
    dims = len(size)
    for axes in [(0,), (dims - 1,), tuple(range(dims))]:
        signs = np.ones(dims)
        signs[list(axes)] = -1
        cutter = Cutter(Warp(np.eye(dims), np.diag(signs)), size, middle_of(size))
        assert np.array_equal(cutter.cut(values, LINEAR, -1), np.flip(values, axes))


@pytest.mark.parametrize("size", [(8, 8), (9, 9), (6, 6, 6), (7, 7, 7)])
@pytest.mark.parametrize("order", [LINEAR, NEAREST])
def test_a_quarter_turn_moves_whole_voxels(size: tuple[int, ...], order: int) -> None:
    values = np.random.default_rng(0).standard_normal(size).astype(np.float32)
    dims = len(size)
    for first, second in combinations(range(dims), 2):
        for turns in (1, 2, 3):
            warp = Warp(rotation(first, second, -90.0 * turns, dims), np.eye(dims))
            turned = Cutter(warp, size, middle_of(size)).cut(values, order, -1)
            assert np.array_equal(turned, np.rot90(values, turns, (first, second)))


def drawn(size: tuple[int, ...], bent: bool, rng: np.random.Generator) -> Warp:
    dims = len(size)
    matrix = np.eye(dims) + rng.uniform(-0.4, 0.4, (dims, dims))
    flips = np.diag(rng.choice([-1.0, 1.0], dims))
    field = rng.normal(0, 1.5, (dims, *size)).astype(np.float32) if bent else None
    return Warp(matrix, flips, field)


@pytest.mark.parametrize("bent", [False, True])
@pytest.mark.parametrize(("spatial", "size"), [((9,), (5,)), ((11, 14), (7, 6)), ((9, 12, 10), (6, 5, 4))])
def test_a_warp_is_what_a_loop_computes(spatial: tuple[int, ...], size: tuple[int, ...], bent: bool) -> None:
    rng = np.random.default_rng(3)
    values = rng.standard_normal(spatial)
    outside = 0
    for _ in range(6):
        warp, middle = drawn(size, bent, rng), rng.uniform(0, np.array(spatial) - 1)
        for order in (LINEAR, NEAREST):
            patch = Cutter(warp, size, middle).cut(values, order, -1)
            expected = cut_by_loop(values, warp, middle, size, nearest=order == NEAREST)
            np.testing.assert_allclose(patch, expected, atol=1e-9)
            outside += int((expected == -1).sum())
    assert outside > 0


@pytest.mark.parametrize("degrees", [17.0, -40.0])
def test_a_rotation_is_that_of_scikit_image(degrees: float) -> None:
    values = np.random.default_rng(0).random((21, 21))
    warp = Warp(rotation(0, 1, -degrees, 2), np.eye(2))
    turned = Cutter(warp, (21, 21), middle_of((21, 21))).cut(values, LINEAR, 0)
    expected = import_module("skimage.transform").rotate(values, degrees, order=1, mode="constant", cval=0)
    middle = np.s_[5:-5, 5:-5]
    np.testing.assert_allclose(turned[middle], expected[middle], atol=1e-9)


def test_labels_are_never_mixed() -> None:
    rng = np.random.default_rng(0)
    labels = rng.choice([-1, 0, 3, 250], (20, 20)).astype(np.int32)
    for _ in range(10):
        patch = Cutter(drawn((16, 16), True, rng), (16, 16), middle_of((20, 20))).cut(labels, NEAREST, 77)
        assert patch.dtype == np.int32
        assert set(np.unique(patch)) <= {-1, 0, 3, 250, 77}


@pytest.mark.parametrize("middle", [(0.2, 0.1), (4.0, 40.0), (-30.0, 2.0)])
def test_outside_the_image_stands_what_is_said(middle: tuple[float, float]) -> None:
    values = np.ones((9, 9))
    for warp in (
        still(2),
        Warp(rotation(0, 1, 30, 2), np.eye(2)),
        drawn((7, 7), True, np.random.default_rng(0)),
    ):
        patch = Cutter(warp, (7, 7), np.array(middle)).cut(values, NEAREST, -5)
        expected = cut_by_loop(values, warp, np.array(middle), (7, 7), nearest=True)
        assert np.array_equal(patch == -5, expected == -1)


class Watched(np.ndarray):
    """An array that says how many of its values were taken."""

    taken = 0

    def __getitem__(self, key: Any) -> np.ndarray:
        part: np.ndarray = super().__getitem__(key)
        Watched.taken = max(Watched.taken, part.size)
        return part.view(np.ndarray)


@pytest.mark.parametrize("make", [lambda: still(3), lambda: Warp(rotation(0, 1, 45, 3), np.eye(3))])
def test_only_the_part_that_a_patch_needs_is_read(make: Callable[[], Warp]) -> None:
    Watched.taken = 0
    values = np.zeros((100, 100, 100), np.float32).view(Watched)
    Cutter(make(), (10, 10, 10), np.array([50.0, 50.0, 50.0])).cut(values, LINEAR, 0)
    assert 1000 <= Watched.taken <= 20 * 20 * 20


def test_a_place_stays_within_the_patch() -> None:
    """Also where the patch was moved inside the image, and its middle is not the place."""
    rng = np.random.default_rng(0)
    size, half = (9, 7), middle_of((9, 7))
    for _ in range(50):
        warp = drawn(size, False, rng)
        place, middle = np.array([3.0, 20.0]), np.array([6.0, 18.0])
        moved = warp.middle_showing(place, middle, size)
        seen = np.linalg.solve(warp.matrix @ warp.flips, place - moved)
        assert (np.abs(seen) <= half + 1e-9).all()
        before = np.linalg.solve(warp.matrix @ warp.flips, place - middle)
        assert np.allclose(moved, middle) == bool((np.abs(before) <= half + 1e-9).all())
