"""Resampling: where scikit-image puts the grid, labels by class, anatomy where it was."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from tests.images.oracles import resize
from tests.tiers import sampled
from unetgen.errors import UnetgenError
from unetgen.images.geometry import like, reoriented
from unetgen.images.image import Affine, Image, Values
from unetgen.images.resampling import affine_at, resampled, resampled_image, resampled_labels, size_at

RNG = np.random.default_rng(11)
SIZES = [
    ((9,), (13,)),
    ((7, 9), (13, 4)),
    ((13, 17, 9), (6, 20, 9)),
    ((1, 5, 5), (3, 1, 7)),
    ((4, 4), (4, 4)),
]


@pytest.mark.parametrize("old, new", SIZES)
@pytest.mark.parametrize("order", [0, 1, 3])
def test_it_is_scikit_image_s_resize(old: tuple[int, ...], new: tuple[int, ...], order: int) -> None:
    values = RNG.normal(size=(*old, 2)).astype(np.float32)
    options = {"mode": "edge", "anti_aliasing": False, "clip": True, "preserve_range": True}
    expected = [resize(values[..., channel], new, order=order, **options) for channel in range(2)]
    assert np.allclose(resampled(values, new, order), np.stack(expected, -1), atol=1e-6)


@pytest.mark.parametrize("old, new", SIZES)
def test_the_class_of_the_largest_share_wins(old: tuple[int, ...], new: tuple[int, ...]) -> None:
    present = np.array([0, 3, 7, 300], np.uint16)
    labels = RNG.choice(present, (*old, 1))
    shares = [
        resize((labels[..., 0] == label).astype(np.float32), new, order=1, mode="edge", anti_aliasing=False)
        for label in present
    ]
    ranked = np.sort(shares, axis=0)
    is_sure = ranked[-1] - ranked[-2] > 1e-5
    after = resampled_labels(labels, new)
    assert after.dtype == labels.dtype and after.shape == (*new, 1)
    assert np.array_equal(after[..., 0][is_sure], present[np.argmax(shares, axis=0)][is_sure])
    assert is_sure.mean() > 0.8


def test_the_smaller_label_wins_where_shares_are_equal() -> None:
    for labels in ([5, 1], [1, 5]):
        assert resampled_labels(np.array(labels)[:, None], (1,)).tolist() == [[1]]


def test_no_label_appears_that_was_not_there() -> None:
    labels = RNG.choice(np.array([-5, 0, 1000]), (20, 20, 1))
    assert set(np.unique(resampled_labels(labels, (37, 11)))) <= {-5, 0, 1000}


def test_integers_of_images_become_numbers_between_them() -> None:
    values = np.array([0, 10, 20, 30], np.uint8)[:, None]
    assert np.allclose(resampled(values, (8,), 1)[:, 0], [0, 2.5, 7.5, 12.5, 17.5, 22.5, 27.5, 30])


@pytest.mark.parametrize("size", [(4,), (4, 0), (4, 4, 4)])
def test_a_size_that_does_not_fit_is_refused(size: tuple[int, ...]) -> None:
    for function in (resampled, resampled_labels):
        with pytest.raises(UnetgenError, match="does not fit an image of size"):
            function(np.zeros((5, 5, 1), np.uint8), size)
    with pytest.raises(UnetgenError, match="no spline of order 7"):
        resampled(np.zeros((5, 5, 1)), (4, 4), 7)


def test_the_affine_follows_a_linear_function_of_the_world() -> None:
    """A function that is linear in the world is resampled to itself, away from the border."""
    affine = np.array([[0.3, 2.0, 5], [1.5, -0.2, 7], [0, 0, 1]])

    def function(of: Affine, shape: tuple[int, ...]) -> Values:
        grid = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), -1)
        world = grid @ of[:2, :2].T + of[:2, 2]
        return (world @ [1.0, -2.0])[..., None]

    before = Image(function(affine, (12, 15)), affine)
    after = resampled_image(before, (8, 23), order=1)
    assert after.affine is not None
    inner = (slice(2, -2), slice(2, -2))
    assert np.allclose(after.values[inner], function(after.affine, (8, 23))[inner], atol=1e-4)


def test_sizes_and_affines_agree_on_the_spacing() -> None:
    spatial, spacing = (100, 77, 31), (0.7, 0.7, 3.0)
    size = size_at(spatial, spacing, (1.0, 0.5, 1.5))
    assert size == (70, 108, 62)
    after = affine_at(np.diag([*spacing, 1.0]), spatial, size)
    extent = np.multiply(spatial, spacing)
    assert np.allclose(np.diag(after)[:3] * size, extent)
    assert size_at((3,), (1.0,), (100.0,)) == (1,)


ELLIPSOIDS = [((0, 0, 0), (42, 36, 40)), ((2, 1, -3), (33, 28, 31)), ((-9, 6, 4), (18, 16, 19))]
"""Middles and radii in millimetres; a later one lies in the one before."""


def phantom(affine: Affine, shape: tuple[int, ...]) -> Values:
    """Nested ellipsoids that are defined in the world: a shell, a core and what is in it."""
    grid = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), -1)
    world = grid @ affine[:3, :3].T + affine[:3, 3]
    labels = np.zeros(shape, np.uint8)
    for label, centre, radii in [
        (1, (0, 0, 0), (42, 36, 40)),
        (2, (2, 1, -3), (33, 28, 31)),
        (3, (-9, 6, 4), (18, 16, 19)),
    ]:
        labels[(((world - centre) / radii) ** 2).sum(-1) < 1] = label
    return labels[..., None]


def dice(one: Values, two: Values) -> float:
    return float(2 * (one & two).sum() / (one.sum() + two.sum()))


def placed(rotation: Affine, spacing: tuple[float, ...], shape: tuple[int, ...]) -> Affine:
    affine = np.eye(4)
    affine[:3, :3] = rotation * spacing
    affine[:3, 3] = -affine[:3, :3] @ ((np.array(shape) - 1) / 2)
    return affine


ROTATIONS = {
    "LPS": np.diag([-1.0, -1.0, 1.0]),
    "PSR": np.array([[0, 0, 1.0], [-1, 0, 0], [0, 1, 0]]),
    "oblique": Rotation.from_euler("xyz", [15, -10, 25], degrees=True).as_matrix() @ np.diag([-1.0, 1, 1]),
}


def centre(labels: Values, label: int, affine: Affine) -> Values:
    """Of a class, in the world."""
    return affine[:3, :3] @ np.argwhere(labels[..., 0] == label).mean(0) + affine[:3, 3]


GRIDS = [((1.0, 1.0, 2.5), 1.2, 0.99), ((0.8, 0.8, 2.0), 1.0, 0.99), ((0.9, 1.1, 1.0), 1.5, 0.97)]
"""Spacings of the file, that of the network, and the Dice that is left: a coarser grid costs some of it."""
FIRST = [("oblique", GRIDS[0]), ("PSR", GRIDS[1])]


@pytest.mark.parametrize("name, grid", sampled(product(ROTATIONS, GRIDS), FIRST))
def test_a_mask_comes_back_to_its_anatomy(name: str, grid: tuple[tuple[float, ...], float, float]) -> None:
    """Turned to RAS, resampled, and back; on the way it lies where a mask of that grid does."""
    spacing, step, kept = grid
    tenth = 0.1 * max(*spacing, step)
    shape = tuple(int(100 / size) for size in spacing)
    affine = placed(ROTATIONS[name], spacing, shape)
    original = Image(phantom(affine, shape), affine)
    ras = reoriented(original, "RAS")
    assert ras.affine is not None
    size = size_at(ras.spatial, ras.spacing, (step,) * 3)
    moved = resampled_labels(ras.values, size)
    there = affine_at(ras.affine, ras.spatial, size)
    back = like(Image(resampled_labels(moved, ras.spatial), ras.affine), original)
    assert back.spatial == original.spatial and back.affine is not None and np.allclose(back.affine, affine)
    for label in (1, 2, 3):
        assert dice(back.values == label, original.values == label) >= kept
        assert dice(moved == label, phantom(there, size) == label) >= 0.965
        before = centre(original.values, label, affine)
        assert np.abs(centre(moved, label, there) - before).max() < tenth
        assert np.abs(centre(back.values, label, affine) - before).max() < tenth
