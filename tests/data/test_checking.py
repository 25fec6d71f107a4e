"""What is wrong with a data set is said at once; what is right is not refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.data.faulty import CELLS, FAULTY, FLIPPED, OBLIQUE, VOLUME
from tests.data.files import data_set, mask_like, picture, save
from unetgen.data.checking import Findings, NetworkTakes, check_data
from unetgen.data.config import data_config
from unetgen.errors import ConfigError


def checked(root: Path, **data: Any) -> Findings:
    return check_data(data_config(data), root)


def notes(found: Findings) -> list[str]:
    assert list(map(str, found.problems)) == []
    return list(map(str, found.notes))


@pytest.mark.parametrize("name", FAULTY)
def test_all_that_is_wrong_is_said_at_once_with_its_file(name: str, tmp_path: Path) -> None:
    faulty = FAULTY[name]
    faulty.make(tmp_path)
    found = check_data(data_config(dict(faulty.data)), tmp_path, takes=faulty.takes)
    faulty.requires(list(map(str, found.problems)), tmp_path)
    with pytest.raises(ConfigError):
        found.require()


def test_there_are_many_of_them() -> None:
    assert len(FAULTY) >= 60


# --- what is right ---


def test_masks_of_0_and_255_with_their_names(tmp_path: Path) -> None:
    found = checked(data_set(tmp_path, value=255), **CELLS)
    assert notes(found) == []
    assert [(each.name, each.cases) for each in found.overview.classes] == [("background", 4), ("cell", 4)]
    found.require()


def test_transparency_is_left_out_by_choosing_channels(tmp_path: Path) -> None:
    data_set(tmp_path, shape=(12, 10, 4))
    save(tmp_path / "images" / "a0.png", picture(0, (12, 10, 3)))
    found = checked(tmp_path, channels=[0, 1, 2])
    assert (notes(found), found.overview.channels) == ([], {3: 4})


def test_16_bits_keep_their_values(tmp_path: Path) -> None:
    found = checked(data_set(tmp_path, dtype=np.uint16))
    highest = max(int(picture(seed, dtype=np.uint16).max()) for seed in range(4))
    assert highest > 255
    assert (notes(found), found.overview.intensities[0].highest) == ([], highest)


def test_a_palette_s_indices_are_the_values(tmp_path: Path) -> None:
    from PIL import Image

    data_set(tmp_path)
    mask = mask_like(picture(0))
    image = Image.new("P", mask.shape[::-1])
    image.putdata(mask.ravel().tolist())
    image.putpalette([9, 9, 9, 200, 0, 0])
    image.save(tmp_path / "masks" / "a0.png")
    assert notes(checked(tmp_path)) == []


def test_the_pages_of_a_tiff_are_a_volume(tmp_path: Path) -> None:
    for number in range(3):
        volume = picture(number, (7, 12, 10))
        save(tmp_path / "images" / f"{number}.tif", volume)
        save(tmp_path / "masks" / f"{number}.tif", mask_like(volume, 1, 3))
    found = checked(tmp_path)
    assert (notes(found), found.overview.dims) == ([], 3)
    assert found.overview.sizes is not None
    assert found.overview.sizes.median == (7, 12, 10)


def test_oblique_volumes_keep_their_geometry(tmp_path: Path) -> None:
    for number in range(2):
        volume = picture(number, (6, 5, 4))
        save(tmp_path / "images" / f"{number}.nii.gz", volume, OBLIQUE)
        save(tmp_path / "masks" / f"{number}.nii.gz", mask_like(volume, 1, 3), OBLIQUE)
    for orientation in ("keep", "RAS"):
        found = checked(tmp_path, orientation=orientation)
        assert notes(found) == []
        assert found.overview.spacings is not None
        lengths = np.linalg.norm(OBLIQUE[:3, :3], axis=0)
        np.testing.assert_allclose(found.overview.spacings.median, lengths, rtol=1e-6)


@pytest.mark.parametrize("orientation", ["keep", "RAS", "ASL"])
def test_a_flipped_mask_is_turned_to_its_image_and_that_is_told(orientation: str, tmp_path: Path) -> None:
    data_set(tmp_path, **VOLUME)
    mask = mask_like(picture(0, (6, 5, 4)), 1, 3)
    file = save(tmp_path / "masks" / "a0.nii.gz", mask[::-1].transpose(1, 0, 2), FLIPPED[:, [1, 0, 2, 3]])
    found = checked(tmp_path, orientation=orientation)
    assert notes(found) == [f"{file}: is turned to the axes of its image, RAS"]
    np.testing.assert_array_equal(found.survey.cases[0].case.labels().values[..., 0], mask)


def test_a_fourth_axis_is_channels(tmp_path: Path) -> None:
    data_set(tmp_path, **VOLUME)
    for number in range(4):
        save(tmp_path / "images" / f"a{number}.nii.gz", picture(number, (6, 5, 4, 2)))
    found = checked(tmp_path)
    assert (notes(found), found.overview.dims, found.overview.channels) == ([], 3, {2: 4})


def test_grey_saved_as_colours_is_a_mask(tmp_path: Path) -> None:
    data_set(tmp_path)
    mask = mask_like(picture(0))
    save(tmp_path / "masks" / "a0.png", np.stack([mask] * 3, -1))
    assert notes(checked(tmp_path)) == []


def test_a_value_that_is_ignored_belongs_to_no_class(tmp_path: Path) -> None:
    data_set(tmp_path)
    mask = mask_like(picture(0))
    mask[0] = 255
    save(tmp_path / "masks" / "a0.png", mask)
    found = checked(tmp_path, ignore=255)
    assert (notes(found), found.overview.ignored) == ([], 10 / 480)


@pytest.mark.parametrize(
    ("shape", "takes", "slices"),
    [
        ((12, 10, 7), NetworkTakes(2, 7, 2), None),
        ((12, 10, 3), NetworkTakes(3, 1, 2), None),
        ((12, 10, 7), NetworkTakes(3, 1, 2), None),
        ((12, 10, 3), NetworkTakes(2, 1, 2), 2),
        ((30,), NetworkTakes(1, 1, 2), None),
        ((30, 5), NetworkTakes(1, 5, 2), None),
    ],
)
def test_arrays_have_the_axes_that_the_network_takes(
    shape: tuple[int, ...], takes: NetworkTakes, slices: int | None, tmp_path: Path
) -> None:
    dims = takes.dims + (slices is not None)
    for number in range(3):
        values = picture(number, shape)
        save(tmp_path / "images" / f"{number}.npy", values)
        save(tmp_path / "masks" / f"{number}.npy", mask_like(values, 1, dims))
    found = check_data(data_config({"slices": slices}), tmp_path, takes=takes)
    assert notes(found) == []
    image, mask = found.survey.cases[0].case.image(), found.survey.cases[0].case.labels()
    assert (image.dims, image.channels, mask.spatial) == (dims, takes.channels, image.spatial)


# --- what may not be meant ---


def test_volumes_that_lie_otherwise_are_told_with_advice_that_works(tmp_path: Path) -> None:
    data_set(tmp_path, count=3, **VOLUME)
    flipped = np.diag([-1.0, 1, 1.3, 1])
    for folder in ("images", "masks"):
        save(tmp_path / folder / "a3.nii.gz", mask_like(picture(3, (6, 5, 4)), 1, 3), flipped)
    assert notes(checked(tmp_path)) == [
        "data.orientation: volumes have different axes: RAS in 3, LAS in 1; "
        "`data.orientation: RAS` turns all to the same",
        "data.spacing: spacings differ: 1 x 1 x 1 to 1 x 1 x 1.3; "
        "`data.spacing: [1, 1, 1]` resamples all to their median",
    ]
    assert notes(checked(tmp_path, orientation="RAS", spacing=[1, 1, 1])) == []


def test_equal_images_on_one_side_are_told(tmp_path: Path) -> None:
    data_set(tmp_path)
    (tmp_path / "images" / "a2.png").write_bytes((tmp_path / "images" / "a0.png").read_bytes())
    save(tmp_path / "masks" / "a2.png", mask_like(picture(0))[::-1])
    names = {"train": ["a0", "a1", "a2"], "validation": ["a3"]}
    found = checked(tmp_path, split={"kind": "listed", **names})
    images = tmp_path / "images"
    assert notes(found) == [
        f"{images}/a2.png: equals {images}/a0.png, and their masks differ; remove one of the two"
    ]


def test_empty_slices_are_not_duplicates(tmp_path: Path) -> None:
    volume = picture(0, (8, 6, 5))
    volume[::2] = 0
    save(tmp_path / "images" / "v.tif", volume)
    save(tmp_path / "masks" / "v.tif", mask_like(volume, 1, 3))
    found = checked(tmp_path, slices=0)
    assert len(notes(found)) == 1
    assert (found.slices, found.overview.dims) == (None, 2)  # each slice is a case already


def test_a_class_that_is_not_learned_and_cases_left_out_are_told(tmp_path: Path) -> None:
    data_set(tmp_path)
    labels = {0: "background", 1: "cell", 2: "edge"}
    found = checked(tmp_path, labels=labels, split={"kind": "listed", "train": ["a1"]})
    assert notes(found) == [
        "data.labels: no mask that is learned from has the class edge",
        "data.split: there is nothing to validate on; the last epoch is then taken for the best",
        "data.split: 3 cases are on neither side: a0, a2, a3",
    ]


def test_of_very_many_problems_the_first_are_told(tmp_path: Path) -> None:
    data_set(tmp_path, count=30, value=255)
    with pytest.raises(ConfigError) as caught:
        checked(tmp_path).require()
    lines = str(caught.value).splitlines()
    assert (len(lines), len(checked(tmp_path).problems)) == (11, 30)
    assert lines[-1] == "and 20 more like the last one"
