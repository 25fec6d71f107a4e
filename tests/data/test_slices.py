from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.data.files import picture
from unetgen.data.case import misfit, voxels_apart
from unetgen.data.slices import slice_of
from unetgen.errors import UnetgenError
from unetgen.images.image import Image

PERMUTED = np.array([[0, 2.0, 0, 5], [0, 0, -3.0, 6], [4.0, 0, 0, 7], [0, 0, 0, 1]])
OBLIQUE = np.array([[1.9, 0, 0.4, 5], [0, 2.0, 0, -7], [-0.6, 0, 3, 2], [0, 0, 0, 1.0]])


@pytest.mark.parametrize("axis", range(3))
def test_a_slice_lies_in_the_world_where_its_volume_has_it(axis: int) -> None:
    """Against the position of each voxel, without the world's axis that the slices lie along."""
    volume = Image(picture(0, (3, 4, 5, 2)), PERMUTED)
    found = slice_of(volume, axis, 1)
    np.testing.assert_array_equal(found.values, volume.values.take(1, axis))
    assert found.affine is not None
    along = int(np.abs(PERMUTED[:3, axis]).argmax())
    for place in np.ndindex(*found.spatial):
        whole = np.insert(np.array(place), axis, 1)
        wanted = np.delete((PERMUTED @ [*whole, 1])[:3], along)
        np.testing.assert_allclose((found.affine @ [*place, 1])[:2], wanted)


def test_a_slice_of_an_oblique_volume_keeps_its_spacing() -> None:
    volume = Image(picture(0, (3, 4, 5, 1)), OBLIQUE)
    lengths = np.linalg.norm(OBLIQUE[:3, :3], axis=0)
    np.testing.assert_allclose(slice_of(volume, 2, 0).spacing, lengths[:2])


def test_an_axis_that_is_not_there_is_refused() -> None:
    with pytest.raises(UnetgenError, match=r"v\.npy: has no axis 2 to slice: its axes are 0 to 1"):
        slice_of(Image(picture(0, (3, 4, 1)), file=Path("v.npy")), 2, 0)


def test_how_far_images_lie_apart_is_that_of_the_farthest_corner() -> None:
    values = picture(0, (6, 5, 4, 1))
    turned = np.diag([1.0, 1.0, 1.0, 1.0])
    turned[:2, :2] = [[np.cos(0.1), -np.sin(0.1)], [np.sin(0.1), np.cos(0.1)]]
    corners = np.array([[i, j, k, 1] for i in (0, 5) for j in (0, 4) for k in (0, 3)])
    wanted = max(float(np.linalg.norm((turned - np.eye(4)) @ corner)) for corner in corners)
    assert voxels_apart(Image(values, turned), Image(values, np.eye(4))) == pytest.approx(wanted)
    assert misfit(Image(values, np.eye(4) + 1e-6), Image(values, np.eye(4))) is None
    assert misfit(Image(values), Image(values, OBLIQUE)) is None
