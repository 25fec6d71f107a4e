"""NRRD, MHA and MHD: the same values at the same places as SimpleITK and as a NIfTI of them."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.images.formats.test_nifti import AFFINES, SHAPE
from tests.images.oracles import SITK
from unetgen.errors import UnetgenError
from unetgen.images.files import read_header, read_image, write_image
from unetgen.images.image import Image

RNG = np.random.default_rng(9)
SUFFIXES = [".nrrd", ".mha", ".mhd"]


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("name", AFFINES)
def test_a_copy_by_simpleitk_is_the_same_image(suffix: str, name: str, tmp_path: Path) -> None:
    nifti = Image(RNG.integers(-99, 99, (*SHAPE, 1)).astype(np.int16), AFFINES[name])
    write_image(tmp_path / "a.nii.gz", nifti)
    file = tmp_path / f"b{suffix}"
    SITK.WriteImage(SITK.ReadImage(str(tmp_path / "a.nii.gz")), str(file), suffix != ".mhd")
    read, header = read_image(file), read_header(file)
    assert read.affine is not None and np.allclose(read.affine, AFFINES[name], atol=1e-6)
    assert np.array_equal(read.values, nifti.values)
    assert header.shape == read.values.shape and header.dtype == read.values.dtype == np.int16
    assert np.allclose(header.spacing, nifti.spacing)


@pytest.mark.parametrize("suffix", [".nrrd", ".mha"])
@pytest.mark.parametrize("name", AFFINES)
@pytest.mark.parametrize("channels, kind", [(1, "u1"), (4, "f4"), (2, "f2")])
def test_what_is_written_is_read_by_simpleitk(
    suffix: str, name: str, channels: int, kind: str, tmp_path: Path
) -> None:
    values = RNG.integers(0, 99, (*SHAPE, channels)).astype(kind)
    write_image(tmp_path / f"a{suffix}", Image(values, AFFINES[name]))
    itk = SITK.ReadImage(str(tmp_path / f"a{suffix}"))
    for index in [(0, 0, 0), (4, 5, 6), (2, 0, 3)]:
        place = (AFFINES[name] @ [*index, 1])[:3] * [-1, -1, 1]
        assert np.allclose(itk.TransformIndexToPhysicalPoint(index), place)
        assert np.array_equal(np.ravel(itk.GetPixel(index)), values[index].astype(float))
    assert np.array_equal(read_image(tmp_path / f"a{suffix}").values, values)


def test_pictures_have_two_axes(tmp_path: Path) -> None:
    affine = np.array([[0, 2.0, 5], [3.0, 0, 6], [0, 0, 1]])
    write_image(tmp_path / "a.mha", Image(RNG.random((4, 5, 3)), affine))
    read = read_image(tmp_path / "a.mha")
    assert read.spatial == (4, 5) and read.affine is not None and np.allclose(read.affine, affine)


def test_a_sheared_image_and_one_axis_are_refused(tmp_path: Path) -> None:
    sheared = np.eye(4)
    sheared[0, 2] = 0.5
    with pytest.raises(UnetgenError, match="no axes that are not at right angles; write"):
        write_image(tmp_path / "a.mha", Image(np.ones((*SHAPE, 1)), sheared))
    with pytest.raises(UnetgenError, match="has 2 or 3 axes, not 1"):
        write_image(tmp_path / "a.nrrd", Image(np.ones((5, 1))))
    with pytest.raises(UnetgenError, match=r"images are not written as '.mhd'"):
        write_image(tmp_path / "a.mhd", Image(np.ones((*SHAPE, 1))))
    assert list(tmp_path.iterdir()) == []


def test_what_an_image_does_not_have_is_refused(tmp_path: Path) -> None:
    SITK.WriteImage(SITK.Image([4, 4, 4, 2], SITK.sitkUInt8), str(tmp_path / "four.mha"))
    SITK.WriteImage(SITK.Image([4, 4], SITK.sitkComplexFloat32), str(tmp_path / "complex.nrrd"))
    said = {"four.mha": "has 4 axes", "complex.nrrd": "holds values of type complex"}
    for name, what in said.items():
        for read in (read_image, read_header):
            with pytest.raises(UnetgenError, match=f"{name}: {what}"):
                read(tmp_path / name)


META = "NDims = 3\nDimSize = {sizes}\nElementType = MET_UCHAR\n{more}ElementDataFile = {file}\n"
NRRD = "NRRD0004\ntype: uint8\ndimension: 3\nsizes: {sizes}\nencoding: {encoding}\n{more}\n"


@pytest.mark.parametrize("file", ["../b.raw", "/etc/passwd", "folder/b.raw", "..\\b.raw"])
def test_a_header_names_only_a_file_beside_it(file: str, tmp_path: Path) -> None:
    (tmp_path / "a.mhd").write_text(META.format(sizes="2 2 2", more="", file=file))
    with pytest.raises(UnetgenError, match="only a file beside it is read"):
        read_image(tmp_path / "a.mhd")


def test_headers_that_point_elsewhere_are_refused(tmp_path: Path) -> None:
    (tmp_path / "b.raw").write_bytes(bytes(8))
    files = {
        "list.mhd": (META.format(sizes="2 2 2", more="", file="LIST") + "b.raw\n", "lie in several files"),
        "many.mhd": (META.format(sizes="2 2 2", more="", file="b%d.raw 1 2 1"), "lie in several files"),
        "gone.mhd": (META.format(sizes="2 2 2", more="", file="gone.raw"), "which is not there"),
        "a.nrrd": (NRRD.format(sizes="2 2 2", encoding="raw", more="data file: b.raw\n"), "in another file"),
        "b.nrrd": (NRRD.format(sizes="2 2 2", encoding="raw", more="DataFile: LIST\nb.raw\n"),
                   "in another file"),
        "c.nrrd": (NRRD.format(sizes="2 2 2", encoding="odd", more=""), "encoded as 'odd'"),
        "text.nrrd": ("text", "is not NRRD"), "text.mha": ("text", "is not MHA or MHD"),
    }  # fmt: skip
    for name, (text, what) in files.items():
        (tmp_path / name).write_text(text)
        for read in (read_image, read_header):
            with pytest.raises(UnetgenError, match=what):
                read(tmp_path / name)


def test_headers_that_claim_more_than_the_file_holds_are_refused(tmp_path: Path) -> None:
    sizes = "20000 20000 20000"
    packed = gzip.compress(bytes(1000))
    contents = {
        "a.nrrd": NRRD.format(sizes=sizes, encoding="raw", more="").encode() + bytes(1000),
        "b.nrrd": NRRD.format(sizes=sizes, encoding="gzip", more="").encode() + packed,
        "a.mha": META.format(sizes=sizes, more="", file="LOCAL").encode() + bytes(1000),
        "b.mha": META.format(sizes=sizes, more="CompressedData = True\n", file="LOCAL").encode() + packed,
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UnetgenError, match=f"{name}: claims 20000 x 20000 x 20000 x 1 values of uint8"):
            read_image(tmp_path / name)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_damaged_values_are_refused(suffix: str, tmp_path: Path) -> None:
    """ITK itself reads those of an MHA, whatever they have become."""
    image = SITK.GetImageFromArray(RNG.integers(0, 255, (20, 20, 20)).astype(np.uint8))
    file = tmp_path / f"a{suffix}"
    SITK.WriteImage(image, str(file), True)
    packed = tmp_path / "a.zraw" if suffix == ".mhd" else file
    raw = packed.read_bytes()
    assert read_image(file).spatial == (20, 20, 20)
    for content in (
        raw[:-60],
        raw[:2000] + bytes(8) + raw[2008:],
        raw[:-7] + bytes([raw[-7] ^ 255]) + raw[-6:],
    ):
        packed.write_bytes(content)
        with pytest.raises(UnetgenError, match=f"a{suffix}: (its values are damaged|cannot be read|claims)"):
            read_image(file)


def test_the_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.mha").write_text("x")
    monkeypatch.setitem(sys.modules, "SimpleITK", None)
    for act in (read_image, read_header, lambda path: write_image(path, Image(np.ones((4, 4, 1))))):
        with pytest.raises(UnetgenError, match=r"need SimpleITK; .* 'unetgen\[simpleitk\]'`"):
            act(tmp_path / "a.mha")
