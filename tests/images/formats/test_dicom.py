"""A DICOM series becomes the volume that it is of, or is refused where slices are missing or shifted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from tests.images.oracles import SITK, write_dicom
from unetgen.errors import UnetgenError
from unetgen.images.files import is_image, read_header, read_image, read_labels, write_image
from unetgen.images.image import Image, Values

RNG = np.random.default_rng(2)
SHAPE = (6, 5, 4)
OBLIQUE = Rotation.from_euler("xyz", [10, 20, -30], degrees=True).as_matrix()
SPACING = (0.5, 0.75, 3.0)


def series(
    folder: Path,
    values: Values,
    positions: Sequence[Values],
    direction: Values = OBLIQUE,
    uid: str = "1.2.3",
    suffix: str = ".dcm",
) -> Path:
    """A file for each slice, named so that their order is not that of the names."""
    folder.mkdir(exist_ok=True)
    for place, position in enumerate(positions):
        made = SITK.GetImageFromArray(values[:, :, place].T.astype(np.int16)[None])
        made.SetSpacing((*SPACING[:2], 1.0))  # thinner than they are apart
        tags = {
            "0008|0060": "MR", "0020|000d": "1.2", "0020|000e": uid, "0020|0013": str(place + 1),
            "0008|0016": "1.2.840.10008.5.1.4.1.1.4", "0008|0018": f"{uid}.{place + 1}",
            "0020|0032": "\\".join(f"{number:.6f}" for number in position),
            "0020|0037": "\\".join(f"{number:.8f}" for number in direction[:, :2].T.ravel()),
        }  # fmt: skip
        for tag, value in tags.items():
            made.SetMetaData(tag, value)
        writer = SITK.ImageFileWriter()
        writer.KeepOriginalImageUIDOn()
        writer.SetImageIO("GDCMImageIO")
        file = folder / f"{uid}_{(place * 7) % 5}.dcm"
        write_dicom(writer, made, file)
        file.rename(file.with_suffix(suffix))
    return folder


def positions(count: int, step: Values | None = None) -> list[Values]:
    step = OBLIQUE[:, 2] * SPACING[2] if step is None else step
    return [np.array([10.0, -20.0, 30.0]) + place * step for place in range(count)]


def test_a_series_is_a_volume_in_the_world(tmp_path: Path) -> None:
    values = RNG.integers(-900, 900, SHAPE)
    folder = series(tmp_path / "scan", values, positions(4))
    image, header = read_image(folder), read_header(folder)
    assert is_image(folder) and np.array_equal(image.values[..., 0], values)
    assert header.shape == image.values.shape and np.allclose(header.spacing, SPACING)
    assert image.affine is not None
    for index in [(0, 0, 0), (5, 4, 3), (1, 2, 3)]:
        place = positions(4)[index[2]] + OBLIQUE[:, :2] @ (np.array(index[:2]) * SPACING[:2])
        assert np.allclose((image.affine @ [*index, 1])[:3] * [-1, -1, 1], place, atol=1e-4)


def test_it_is_written_as_a_nifti_of_the_same_place(tmp_path: Path) -> None:
    image = read_image(series(tmp_path / "scan", RNG.integers(0, 99, SHAPE), positions(4)))
    write_image(tmp_path / "a.nii.gz", Image(image.values), like=image)
    itk = SITK.ReadImage(str(tmp_path / "a.nii.gz"))
    assert np.allclose(itk.TransformIndexToPhysicalPoint((0, 0, 3)), positions(4)[3], atol=1e-4)


def test_files_without_a_suffix_are_known_by_their_first_bytes(tmp_path: Path) -> None:
    folder = series(tmp_path / "scan", np.ones(SHAPE), positions(4), suffix="")
    assert is_image(folder) and read_image(folder).spatial == SHAPE
    (tmp_path / "other").mkdir()
    assert not is_image(tmp_path / "other")
    (tmp_path / "other" / "a.txt").write_text("x")
    assert not is_image(tmp_path / "other")
    with pytest.raises(UnetgenError, match="is a folder, not a file"):
        read_image(tmp_path / "other")


def missing(folder: Path) -> None:
    series(folder, np.ones(SHAPE), [*positions(3), positions(5)[4]])


def twice(folder: Path) -> None:
    series(folder, np.ones(SHAPE), [*positions(2), *positions(2)])


def tilted(folder: Path) -> None:
    series(folder, np.ones(SHAPE), positions(4, OBLIQUE @ np.array([0, 0.6, 3.0])))


def two(folder: Path) -> None:
    series(folder, np.ones(SHAPE), positions(4))
    series(folder, np.ones(SHAPE), positions(4), uid="1.2.4")


def of_two_sizes(folder: Path) -> None:
    series(folder, np.ones((6, 5, 2)), positions(2))
    for file in list(folder.iterdir()):
        file.rename(file.with_name(f"x{file.name}"))
    series(folder, np.ones((7, 5, 2)), positions(4)[2:])


def cut(folder: Path) -> None:
    """The last slice: without it the others would be a series of their own."""
    series(folder, RNG.integers(0, 99, SHAPE), positions(4))
    file = folder / f"1.2.3_{3 * 7 % 5}.dcm"
    file.write_bytes(file.read_bytes()[:-40])


def empty(folder: Path) -> None:
    folder.mkdir()
    (folder / "a.dcm").write_bytes(b"")


@pytest.mark.parametrize(
    "make, said",
    [
        (missing, "not equally far apart"), (twice, "not equally far apart"),
        (tilted, "do not lie above each other"),
        (two, "holds 2 DICOM series"), (of_two_sizes, "slices differ in size or type|2 DICOM series"),
        (cut, "1 of its files cannot be read as slices of the series, such as 1.2.3_1.dcm"),
        (empty, "1 of its files cannot be read as slices of the series, such as a.dcm"),
    ],
)  # fmt: skip
def test_a_series_that_would_lie_wrong_is_refused(
    make: Callable[[Path], None], said: str, tmp_path: Path
) -> None:
    make(tmp_path / "scan")
    for read in (read_image, read_labels):
        with pytest.raises(UnetgenError, match=f"scan: .*({said})"):
            read(tmp_path / "scan")


def test_a_single_file_says_to_name_its_folder(tmp_path: Path) -> None:
    folder = series(tmp_path / "scan", np.ones(SHAPE), positions(4))
    file = next(iter(folder.iterdir()))
    assert not is_image(file)
    with pytest.raises(UnetgenError, match="or the folder of a DICOM series"):
        read_image(file)
