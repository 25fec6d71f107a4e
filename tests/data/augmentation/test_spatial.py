"""What spatial transforms draw."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.interpolate import CubicSpline

from unetgen.data.augmentation.spatial import RandomElastic, RandomFlip, RandomRotation, RandomScale


def angles(transform: RandomRotation, count: int = 400) -> np.ndarray:
    rng = np.random.default_rng(0)
    matrices = [transform.matrix((0, 1), 2, rng) for _ in range(count)]
    return np.rad2deg([np.arctan2(matrix[1, 0], matrix[0, 0]) for matrix in matrices])


def test_angles_fill_the_range() -> None:
    drawn = angles(RandomRotation(degrees=30))
    assert -30 <= drawn.min() < -28
    assert 28 < drawn.max() <= 30


def test_a_share_of_patches_is_rotated() -> None:
    drawn = angles(RandomRotation(degrees=30, probability=0.2), count=2000)
    assert 0.17 < np.mean(drawn != 0) < 0.23


def test_steps_are_exact_quarter_turns() -> None:
    rng = np.random.default_rng(0)
    transform = RandomRotation(degrees=180, step=90)
    matrices = np.stack([transform.matrix((0, 1, 2), 3, rng) for _ in range(300)])
    assert set(np.unique(matrices)) == {-1, 0, 1}
    assert len({matrix.tobytes() for matrix in matrices + 0.0}) == 24  # all rotations of a cube


def test_a_rotation_turns_nothing_out_of_the_plane() -> None:
    rng = np.random.default_rng(0)
    matrix = RandomRotation(degrees=90).matrix((1, 2), 3, rng)
    assert matrix[0].tolist() == matrix[:, 0].tolist() == [1, 0, 0]
    assert matrix[1, 2] != 0


def test_a_rotation_keeps_distances() -> None:
    rng = np.random.default_rng(0)
    matrix = RandomRotation(degrees=30).matrix((0, 1, 2), 3, rng)
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(matrix) == pytest.approx(1)


def test_factors_are_as_often_below_one_as_above() -> None:
    rng = np.random.default_rng(0)
    transform = RandomScale(factors=(0.5, 4.0))
    factors = np.array([1 / transform.matrix((0, 1), 2, rng)[0, 0] for _ in range(2000)])
    assert 0.5 <= factors.min() < 0.51
    assert 3.9 < factors.max() <= 4.0
    assert 0.46 < (factors < 1).mean() < 0.54


def test_each_axis_is_flipped_by_itself() -> None:
    rng = np.random.default_rng(0)
    drawn = [np.diag(RandomFlip(axes=(0, 2)).matrix(3, rng)) for _ in range(400)]
    counts = {signs: sum(tuple(each) == signs for each in drawn) for signs in product((-1, 1), (1,), (-1, 1))}
    assert sum(counts.values()) == 400
    assert min(counts.values()) > 70


def test_displacements_are_drawn_on_the_grid_s_points() -> None:
    rng = np.random.default_rng(0)
    transform = RandomElastic(displacement=10, points=3)
    at_points = []
    for _ in range(300):
        field = transform.field((9, 13), (0, 1), rng)
        assert field is not None
        at_points.append(field[:, ::4, ::6])
    assert np.stack(at_points).shape == (300, 2, 3, 3)
    assert np.std(at_points) == pytest.approx(10, rel=0.03)
    assert np.mean(at_points) == pytest.approx(0, abs=0.5)


@pytest.mark.parametrize("points", [2, 3, 5, 9])
def test_displacements_between_the_points_are_a_cubic_spline(points: int) -> None:
    rng = np.random.default_rng(0)
    field = RandomElastic(displacement=10, points=points).field((41, 17), (0, 1), rng)
    assert field is not None
    grid = field[:, :: 40 // (points - 1), :: 16 // (points - 1)]
    for axis, length in ((1, 41), (2, 17)):
        places = np.linspace(0, length - 1, points)
        grid = CubicSpline(places, grid, axis, bc_type="clamped")(np.arange(length))
    np.testing.assert_allclose(field, grid, atol=1e-4)


def test_nothing_is_bent_out_of_the_plane() -> None:
    field = RandomElastic(displacement=5).field((4, 9, 9), (1, 2), np.random.default_rng(0))
    assert field is not None
    assert (field[0] == 0).all()
    assert (field[1:] == field[1:, :1]).all()
    assert np.abs(field[1:]).max() > 1
