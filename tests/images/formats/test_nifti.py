"""NIfTI: what nibabel and SimpleITK say of a file, values, place and codes, whoever has written it."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from tests.images.oracles import NIB, SITK
from unetgen.errors import UnetgenError
from unetgen.images.files import read_header, read_image, read_labels, write_image
from unetgen.images.image import Affine, Image

RNG = np.random.default_rng(7)
SHAPE = (5, 6, 7)


def oblique() -> Affine:
    """Turned by three angles, flipped on the first axis, with three spacings and an origin."""
    affine = np.eye(4)
    turned = Rotation.from_euler("xyz", [10, 20, -30], degrees=True).as_matrix()
    affine[:3, :3] = turned @ np.diag([-1.5, 2.0, 3.0])
    affine[:3, 3] = [10, -20, 30]
    return affine


AFFINES = {
    "identity": np.eye(4),
    "LPS": np.diag([-0.5, -0.75, 2.0, 1.0]),
    "permuted": np.array([[0, 0, 3, 1], [-1.5, 0, 0, 2], [0, 2, 0, 3], [0, 0, 0, 1.0]]),
    "oblique": oblique(),
}


def saved(file: Path, values: Any, affine: Affine, kind: Any = NIB.Nifti1Image, **fields: Any) -> Any:
    made = kind(values, affine)
    made.header.set_xyzt_units("mm", "sec")
    made.set_sform(affine, code=fields.pop("sform", 1))
    made.set_qform(affine, code=fields.pop("qform", 1))
    for name, value in fields.items():
        made.header[name] = value
    NIB.save(made, file)
    return NIB.load(file)


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".NII.GZ"])
@pytest.mark.parametrize("kind", ["u1", "i1", "i2", "u2", "i4", "u4", "f4", "f8", ">i2", ">f4"])
def test_values_are_those_of_nibabel(suffix: str, kind: str, tmp_path: Path) -> None:
    file = tmp_path / f"a{suffix}"
    expected = saved(file, RNG.integers(0, 100, SHAPE).astype(kind), AFFINES["oblique"])
    image, header = read_image(file), read_header(file)
    assert np.array_equal(image.values[..., 0], np.asanyarray(expected.dataobj))
    assert image.values.dtype == np.dtype(kind).newbyteorder("=")
    assert image.affine is not None and np.array_equal(image.affine, expected.affine)
    assert header.shape == image.values.shape
    assert np.allclose(header.spacing, expected.header.get_zooms())


@pytest.mark.parametrize("slope, inter", [(0.25, -3.0), (1.0, -1024.0), (2.0, 0.0), (0.0, 5.0), (np.nan, 0)])
@pytest.mark.parametrize("kind", ["i2", "f4", "i4"])
def test_values_are_scaled_as_nibabel_scales_them(
    slope: float, inter: float, kind: str, tmp_path: Path
) -> None:
    file = tmp_path / "a.nii"
    saved(file, RNG.integers(-900, 900, SHAPE).astype(kind), np.eye(4))
    raw = bytearray(file.read_bytes())
    raw[112:120] = np.array([slope, inter], "<f4").tobytes()
    file.write_bytes(raw)
    image = read_image(file)
    assert np.allclose(image.values[..., 0], NIB.load(file).get_fdata(), rtol=1e-6, atol=1e-4)
    assert read_header(file).dtype == image.values.dtype


def test_a_packed_file_is_unpacked_piece_by_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unetgen.images.formats.nifti.PIECE", 100)
    values = RNG.random(SHAPE)
    saved(tmp_path / "a.nii.gz", values, np.eye(4))
    assert np.array_equal(read_image(tmp_path / "a.nii.gz").values[..., 0], values)


def test_an_uncompressed_file_stays_on_the_disk(tmp_path: Path) -> None:
    saved(tmp_path / "a.nii", np.ones(SHAPE, np.float32), np.eye(4))
    assert isinstance(read_image(tmp_path / "a.nii").values, np.memmap)


@pytest.mark.parametrize("name", AFFINES)
def test_simpleitk_finds_each_value_at_the_same_place(name: str, tmp_path: Path) -> None:
    """ITK's world points to the left and to the back; so its first two coordinates are turned."""
    saved(tmp_path / "a.nii.gz", RNG.integers(0, 99, SHAPE, dtype=np.int16), AFFINES[name])
    image, itk = read_image(tmp_path / "a.nii.gz"), SITK.ReadImage(str(tmp_path / "a.nii.gz"))
    write_image(tmp_path / "b.nii.gz", image, image)
    again = SITK.ReadImage(str(tmp_path / "b.nii.gz"))
    assert image.affine is not None
    for index in [(0, 0, 0), (4, 5, 6), (2, 0, 3)]:
        place = (image.affine @ [*index, 1])[:3] * [-1, -1, 1]
        for other in (itk, again):
            assert np.allclose(other.TransformIndexToPhysicalPoint(index), place, atol=1e-4)
            assert other.GetPixel(index) == image.values[(*index, 0)]


@pytest.mark.parametrize("kind", [NIB.Nifti1Image, NIB.Nifti2Image])
@pytest.mark.parametrize("name", AFFINES)
@pytest.mark.parametrize("sform, qform", [(1, 1), (2, 0), (0, 1), (4, 2)])
def test_a_round_trip_keeps_place_codes_units_and_intent(
    name: str, sform: int, qform: int, kind: Any, tmp_path: Path
) -> None:
    said: dict[str, Any] = {
        "intent_code": 1002, "intent_name": b"tissue", "descrip": b"a scan", "sform": sform, "qform": qform,
        "cal_max": 900, "slice_code": 1, "xyzt_units": 10,
    }  # fmt: skip
    before = saved(tmp_path / "a.nii.gz", RNG.random(SHAPE).astype("f4"), AFFINES[name], kind, **said)
    image = read_image(tmp_path / "a.nii.gz")
    labels = np.asarray(RNG.integers(0, 4, (*SHAPE, 1)), np.int64)
    write_image(tmp_path / "b.nii.gz", Image(labels, image.affine), like=image)
    after = NIB.load(tmp_path / "b.nii.gz")
    assert type(after) is kind
    assert np.array_equal(np.asanyarray(after.dataobj), labels[..., 0])
    assert np.array_equal(after.affine, before.affine)
    for one, two in ((after.get_sform(), before.get_sform()), (after.get_qform(), before.get_qform())):
        assert np.array_equal(one, two)
    kept = [
        "sform_code", "qform_code", "xyzt_units", "intent_code", "intent_name", "descrip", "slice_code",
        "pixdim",
    ]  # fmt: skip
    for field in kept:
        assert np.array_equal(after.header[field], before.header[field]), field
    assert after.get_data_dtype() == np.uint8  # the smallest
    assert float(after.header["cal_max"]) == 0  # a window of other values


def test_a_place_of_its_own_gets_the_codes_of_the_like_image(tmp_path: Path) -> None:
    saved(tmp_path / "a.nii", RNG.random(SHAPE).astype("f4"), np.eye(4), sform=2, qform=4)
    write_image(
        tmp_path / "b.nii", Image(np.ones((*SHAPE, 1), np.uint8), oblique()), read_image(tmp_path / "a.nii")
    )
    after = NIB.load(tmp_path / "b.nii")
    assert np.allclose(after.affine, oblique(), atol=1e-6)
    assert np.allclose(after.get_qform(), oblique(), atol=1e-5)
    assert [int(after.header[name]) for name in ("sform_code", "qform_code")] == [2, 4]


def test_a_sheared_place_is_kept_in_the_sform_alone(tmp_path: Path) -> None:
    sheared = np.eye(4)
    sheared[0, 2] = 0.5
    write_image(tmp_path / "a.nii", Image(np.ones((*SHAPE, 1), np.uint8), sheared))
    after = NIB.load(tmp_path / "a.nii")
    assert np.allclose(after.affine, sheared) and int(after.header["qform_code"]) == 0


def test_the_place_of_the_like_image_is_taken_where_none_is_given(tmp_path: Path) -> None:
    saved(tmp_path / "a.nii", RNG.random(SHAPE).astype("f4"), oblique())
    like = read_image(tmp_path / "a.nii")
    write_image(tmp_path / "b.nii.gz", Image(np.ones((*SHAPE, 1), np.uint8)), like)
    assert np.array_equal(NIB.load(tmp_path / "b.nii.gz").affine, NIB.load(tmp_path / "a.nii").affine)


def test_a_mask_of_a_scan_with_channels_has_three_axes(tmp_path: Path) -> None:
    saved(tmp_path / "a.nii.gz", RNG.random((*SHAPE, 4)).astype("f4"), oblique())
    like = read_image(tmp_path / "a.nii.gz")
    write_image(tmp_path / "b.nii.gz", Image(like.values[..., :1] > 0.5), like)
    after, before = NIB.load(tmp_path / "b.nii.gz"), NIB.load(tmp_path / "a.nii.gz")
    assert after.shape == SHAPE and np.array_equal(after.affine, before.affine)
    assert after.header.get_zooms() == before.header.get_zooms()[:3]
    assert after.get_data_dtype() == np.uint8


def test_a_like_image_that_is_gone_is_said(tmp_path: Path) -> None:
    saved(tmp_path / "a.nii", np.ones(SHAPE), np.eye(4))
    like = read_image(tmp_path / "a.nii")
    (tmp_path / "a.nii").unlink()
    with pytest.raises(UnetgenError, match=r"a.nii: cannot be read: No such file"):
        write_image(tmp_path / "b.nii", like, like)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("spatial", [(40_000,), (9,), (5, 6), (1, 1, 1)])
@pytest.mark.parametrize("channels", [1, 3])
def test_fewer_axes_and_long_ones_are_written_and_read(
    spatial: tuple[int, ...], channels: int, tmp_path: Path
) -> None:
    affine = np.diag([*np.arange(2.0, 2 + len(spatial)), 1.0])
    image = Image(RNG.random((*spatial, channels)).astype("f4"), affine)
    write_image(tmp_path / "a.nii.gz", image)
    read = read_image(tmp_path / "a.nii.gz")
    assert np.array_equal(read.values.reshape(image.values.shape), image.values)
    assert read.spacing[: len(spatial)] == image.spacing
    assert np.allclose(NIB.load(tmp_path / "a.nii.gz").header.get_zooms()[: len(spatial)], image.spacing)


def test_a_fourth_axis_is_channels_and_a_fifth_is_refused(tmp_path: Path) -> None:
    values = RNG.random((*SHAPE, 4)).astype("f4")
    saved(tmp_path / "a.nii.gz", values, np.eye(4))
    assert np.array_equal(read_image(tmp_path / "a.nii.gz").values, values)
    saved(tmp_path / "v.nii.gz", RNG.random((*SHAPE, 1, 3)).astype("f4"), np.eye(4), intent_code=1007)
    for read in (read_image, read_header):
        with pytest.raises(
            UnetgenError, match=r"has 5 axes \(5 x 6 x 7 x 1 x 3\), as fields of vectors have"
        ):
            read(tmp_path / "v.nii.gz")


def test_colours_are_channels_and_complex_numbers_are_refused(tmp_path: Path) -> None:
    colours = np.zeros(SHAPE, [("R", "u1"), ("G", "u1"), ("B", "u1")])
    for place, name in enumerate("RGB"):
        colours[name] = RNG.integers(0, 255, SHAPE) + place
    NIB.save(NIB.Nifti1Image(colours, np.eye(4)), tmp_path / "a.nii.gz")
    expected = np.stack([colours[name] for name in "RGB"], -1)
    assert np.array_equal(read_image(tmp_path / "a.nii.gz").values, expected)
    assert read_header(tmp_path / "a.nii.gz").channels == 3
    NIB.save(NIB.Nifti1Image(np.ones(SHAPE, np.complex64), np.eye(4)), tmp_path / "c.nii")
    with pytest.raises(UnetgenError, match="holds values of type complex64"):
        read_image(tmp_path / "c.nii")


def test_a_picture_lies_in_the_plane_or_is_refused(tmp_path: Path) -> None:
    affine = np.array([[0, 2.0, 0, 5], [3.0, 0, 0, 6], [0, 0, 1, 7], [0, 0, 0, 1]])
    saved(tmp_path / "a.nii", np.ones((4, 5), np.uint8), affine)
    read = read_image(tmp_path / "a.nii")
    assert read.affine is not None and read.affine.tolist() == [[0, 2, 5], [3, 0, 6], [0, 0, 1]]
    saved(tmp_path / "b.nii", np.ones((4, 5), np.uint8), AFFINES["permuted"])
    with pytest.raises(UnetgenError, match="its 2 axes do not lie in the first 2 of the world"):
        read_image(tmp_path / "b.nii")


@pytest.mark.parametrize("column", [[0, 0, 0], [1, 0, 0], [np.nan, 0, 1]])
def test_a_place_without_an_inverse_is_refused(column: list[float], tmp_path: Path) -> None:
    saved(tmp_path / "a.nii", np.ones(SHAPE, np.uint8), np.eye(4))
    raw = bytearray((tmp_path / "a.nii").read_bytes())
    sform = np.eye(4, dtype="<f4")[:3]
    sform[:, 2] = column
    raw[280:328] = sform.tobytes()
    (tmp_path / "a.nii").write_bytes(raw)
    for read in (read_image, read_header, read_labels):
        with pytest.raises(UnetgenError, match="its affine has no inverse; mend its header"):
            read(tmp_path / "a.nii")


def with_sizes(file: Path, sizes: list[int]) -> bytes:
    raw = bytearray(file.read_bytes())
    raw[40:56] = np.array([len(sizes), *sizes, *[1] * (7 - len(sizes))], "<i2").tobytes()
    return bytes(raw)


def test_headers_that_claim_more_than_the_file_holds_are_refused(tmp_path: Path) -> None:
    saved(tmp_path / "a.nii", np.ones(SHAPE, np.uint8), np.eye(4))
    for sizes in ([30_000, 30_000, 30_000], [5, 6, 8], [5, 0, 7], [5, -6, 7]):
        raw = with_sizes(tmp_path / "a.nii", sizes)
        (tmp_path / "b.nii").write_bytes(raw)
        with pytest.raises(
            UnetgenError, match=r"b.nii: (claims .* cannot hold|holds no values|cannot be read)"
        ):
            read_image(tmp_path / "b.nii")
        if sizes[0] > 5:
            (tmp_path / "b.nii.gz").write_bytes(gzip.compress(raw))
            with pytest.raises(UnetgenError, match="claims 30000 x 30000 x 30000 x 1 values of uint8"):
                read_image(tmp_path / "b.nii.gz")


def test_damaged_and_foreign_files_are_refused(tmp_path: Path) -> None:
    saved(tmp_path / "a.nii.gz", RNG.random(SHAPE), np.eye(4))
    saved(tmp_path / "a.nii", RNG.random(SHAPE), np.eye(4))
    packed, raw = (tmp_path / "a.nii.gz").read_bytes(), (tmp_path / "a.nii").read_bytes()
    files = {
        "cut.nii.gz": packed[:700], "short.nii.gz": packed[:100], "text.nii.gz": b"text",
        "text.nii": b"text",
        "plain.nii.gz": raw, "pair.nii": raw[:344] + b"ni1\0" + raw[348:], "empty.nii": b"",
        "far.nii": raw[:108] + np.float32(1e9).tobytes() + raw[112:],
        "type.nii": raw[:70] + b"\xff\x7f" + raw[72:],
        "turned.nii.gz": packed[:600] + bytes(50) + packed[650:],
    }  # fmt: skip
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UnetgenError, match=rf"{name}: .*; |{name}: is not NIfTI"):
            read_image(tmp_path / name)


def test_a_bomb_of_zeros_is_refused_before_memory_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("unetgen.images.limits.MAX_BYTES", 10**6)
    saved(tmp_path / "a.nii.gz", np.zeros((128, 128, 128), np.uint8), np.eye(4))
    with pytest.raises(UnetgenError, match=r"take 2 MiB, more than the 976\.6 KiB that one image may take"):
        read_image(tmp_path / "a.nii.gz")
