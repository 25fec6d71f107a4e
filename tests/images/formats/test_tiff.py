"""TIFF: every value as tifffile has written it, axes by their names, spacing where it is said."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as pillow  # noqa: N813  (a module)

from tests.images.oracles import TIFF
from unetgen.errors import UnetgenError
from unetgen.images.files import read_header, read_image, read_labels, write_image
from unetgen.images.image import Image, Values

RNG = np.random.default_rng(3)
GREY: dict[str, Any] = {"photometric": "minisblack"}


def random(shape: tuple[int, ...], kind: str = "u1") -> Values:
    return RNG.integers(0, 2 if kind == "?" else 100, shape).astype(kind)


@pytest.mark.parametrize(
    "kind", ["u1", "u2", "u4", "i1", "i2", "i4", "i8", "f2", "f4", "f8", "?", ">u2", ">f4"]
)
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_values_of_every_type_are_those_of_the_file(
    kind: str, compression: str | None, tmp_path: Path
) -> None:
    values, file = random((7, 9), kind), tmp_path / "a.tif"
    order = ">" if kind[0] == ">" else "<"
    with TIFF.TiffWriter(file, byteorder=order) as writer:
        writer.write(values, compression=compression, **GREY)
    image, header = read_image(file), read_header(file)
    assert np.array_equal(image.values[..., 0], values)
    assert image.values.dtype.isnative and (header.shape, header.dtype) == ((7, 9, 1), image.values.dtype)


CASES: dict[str, tuple[tuple[int, ...], dict[str, Any], tuple[int, ...] | None, tuple[int, ...]]] = {
    "pages": ((5, 7, 9), {}, None, (0, 1, 2)),
    "named pages": ((5, 7, 9), {"metadata": {"axes": "ZYX"}}, None, (0, 1, 2)),
    "channels first": ((5, 7, 9), {"metadata": {"axes": "CYX"}}, None, (1, 2, 0)),
    "a volume with channels": ((2, 5, 7, 9), {"metadata": {"axes": "CZYX"}}, None, (1, 2, 3, 0)),
    "OME": ((5, 2, 7, 9), {"ome": True, "metadata": {"axes": "ZCYX"}}, None, (0, 2, 3, 1)),
    "one time": ((1, 5, 2, 7, 9), {"ome": True, "metadata": {"axes": "TZCYX"}}, (5, 2, 7, 9), (0, 2, 3, 1)),
    "ImageJ": ((5, 2, 7, 9), {"imagej": True, "metadata": {"axes": "ZCYX"}}, None, (0, 2, 3, 1)),
    "one page": ((1, 7, 9), {"metadata": {"axes": "ZYX"}}, (7, 9), (0, 1)),
    "one row": ((1, 9), {}, None, (0, 1)),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_axes_go_where_their_names_say(name: str, tmp_path: Path) -> None:
    shape, options, squeezed, order = CASES[name]
    values, file = random(shape, "u2"), tmp_path / "a.tif"
    TIFF.imwrite(file, values, **GREY, **options)
    expected = values.reshape(squeezed or shape).transpose(order)
    has_channels = "C" in options.get("metadata", {}).get("axes", "")
    read = read_image(file)
    assert np.array_equal(read.values, expected if has_channels else expected[..., None])
    assert read_header(file).shape == read.values.shape


@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_colours_are_channels_however_they_lie(planar: str, tmp_path: Path) -> None:
    colours = random((5, 7, 9, 3))
    stored = colours if planar == "contig" else np.moveaxis(colours, -1, 1)
    TIFF.imwrite(tmp_path / "a.tif", stored, photometric="rgb", planarconfig=planar)
    assert np.array_equal(read_image(tmp_path / "a.tif").values, colours)


def test_pages_of_pillow_are_a_volume(tmp_path: Path) -> None:
    pages = random((3, 7, 9))
    first, *rest = [pillow.fromarray(page) for page in pages]
    first.save(tmp_path / "a.tiff", save_all=True, append_images=rest)
    assert np.array_equal(read_image(tmp_path / "a.tiff").values[..., 0], pages)


def test_a_palette_gives_colours_for_images_and_indices_for_labels(tmp_path: Path) -> None:
    indices, table = random((7, 9)), RNG.integers(0, 2**16, (3, 256)).astype(np.uint16)
    TIFF.imwrite(tmp_path / "a.tif", indices, photometric="palette", colormap=table)
    assert np.array_equal(read_labels(tmp_path / "a.tif").values[..., 0], indices)
    assert np.array_equal(read_image(tmp_path / "a.tif").values, (table // 256).T[indices])
    sizes = [read_header(tmp_path / "a.tif", as_labels=labels).channels for labels in (False, True)]
    assert sizes == [3, 1]


@pytest.mark.parametrize(
    "shape, axes, said",
    [
        ((4, 7, 9), "TYX", r"an axis T \(time\) of 4"),
        ((4, 5, 7, 9), "TZYX", r"an axis T \(time\) of 4"),
        ((4, 5, 7, 9), "ZIYX", "two of pages"),
        ((4, 7, 9), "HYX", r"an axis H \(lifetimes\) of 4"),
    ],
)
def test_axes_that_an_image_lacks_are_refused(
    shape: tuple[int, ...], axes: str, said: str, tmp_path: Path
) -> None:
    TIFF.imwrite(tmp_path / "a.tif", random(shape), metadata={"axes": axes}, **GREY)
    for read in (read_image, read_header, read_labels):
        with pytest.raises(UnetgenError, match=f"a.tif: .*{said}"):
            read(tmp_path / "a.tif")


SPACINGS: dict[str, tuple[dict[str, Any], tuple[float, ...]]] = {
    "OME": ({"ome": True, "metadata": {"axes": "ZYX", "PhysicalSizeX": 0.5, "PhysicalSizeY": 0.25,
                                       "PhysicalSizeZ": 2.0}}, (2, 0.25, 0.5)),
    "OME of two units": ({"ome": True, "metadata": {
        "axes": "ZYX", "PhysicalSizeX": 0.5, "PhysicalSizeXUnit": "µm", "PhysicalSizeY": 250,
        "PhysicalSizeYUnit": "nm", "PhysicalSizeZ": 0.002, "PhysicalSizeZUnit": "mm"}}, (2, 0.25, 0.5)),
    "ImageJ": ({"imagej": True, "resolution": (4, 2), "metadata": {
        "axes": "ZYX", "spacing": 3, "unit": "um"}}, (3, 0.5, 0.25)),
    "ImageJ without a unit": ({"imagej": True, "resolution": (4, 2), "metadata": {
        "axes": "ZYX", "spacing": 3}}, ()),
    "OME without the distance of pages": ({"ome": True, "metadata": {
        "axes": "ZYX", "PhysicalSizeX": 0.5, "PhysicalSizeY": 0.5}}, ()),
    "dots per inch": ({"resolution": (72, 72), "resolutionunit": "INCH"}, ()),
    "nothing": ({}, ()),
}  # fmt: skip


@pytest.mark.parametrize("name", SPACINGS)
def test_spacing_is_taken_where_it_is_said(name: str, tmp_path: Path) -> None:
    options, spacing = SPACINGS[name]
    TIFF.imwrite(tmp_path / "a.tif", random((5, 7, 9), "u2"), **GREY, **options)
    read, header = read_image(tmp_path / "a.tif"), read_header(tmp_path / "a.tif")
    assert (read.affine is None) == (not spacing)
    assert np.allclose(read.spacing, spacing or (1, 1, 1)) and header.spacing == read.spacing


def test_a_picture_that_counts_in_centimetres_has_a_spacing_in_millimetres(tmp_path: Path) -> None:
    TIFF.imwrite(tmp_path / "a.tif", random((7, 9)), resolution=(20, 40), resolutionunit="CENTIMETER")
    assert read_image(tmp_path / "a.tif").spacing == (0.25, 0.5)  # rows, columns


def test_what_tifffile_cannot_unpack_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pillow.fromarray(random((64, 64))).save(tmp_path / "a.tif", compression="tiff_lzw")
    monkeypatch.setattr(TIFF.TIFF, "DECOMPRESSORS", {1: None, 8: None})  # as without imagecodecs
    for read in (read_image, read_header):
        with pytest.raises(UnetgenError, match=r"a.tif: .*LZW.*`pip install imagecodecs`; or save"):
            read(tmp_path / "a.tif")


def test_several_images_and_strange_colours_are_refused(tmp_path: Path) -> None:
    with TIFF.TiffWriter(tmp_path / "two.tif") as writer:
        writer.write(random((7, 9)), **GREY)
        writer.write(random((5, 5)), **GREY)
    TIFF.imwrite(tmp_path / "cmyk.tif", random((7, 9, 4)), photometric="separated")
    TIFF.imwrite(tmp_path / "complex.tif", random((7, 9)).astype("c8"), **GREY)
    said = {"two": "2 images of different sizes", "cmyk": "colours of kind SEPARATED", "complex": "complex64"}
    for name, what in said.items():
        with pytest.raises(UnetgenError, match=f"{name}.tif: .*{what}"):
            read_image(tmp_path / f"{name}.tif")


def test_metadata_that_names_other_files_opens_none(tmp_path: Path) -> None:
    """OME's TiffData may name any file of the disk as the place of a page."""
    (tmp_path / "other").mkdir()
    TIFF.imwrite(tmp_path / "other" / "secret.tif", random((7, 9)), **GREY)
    ome = (
        '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0">'
        '<Pixels ID="Pixels:0" '
        'DimensionOrder="XYZCT" Type="uint8" SizeX="9" SizeY="7" SizeZ="2" SizeC="1" SizeT="1">'
        '<TiffData IFD="0" FirstZ="0"><UUID FileName="a.tif">urn:uuid:1</UUID></TiffData>'
        '<TiffData IFD="0" FirstZ="1"><UUID FileName="other/secret.tif">urn:uuid:2</UUID></TiffData>'
        "</Pixels></Image></OME>"
    )
    TIFF.imwrite(tmp_path / "a.tif", random((7, 9)), description=ome, metadata=None, **GREY)
    with pytest.raises(UnetgenError, match="its OME metadata does not fit its pages, or names other files"):
        read_image(tmp_path / "a.tif")


def changed(file: Path, code: int, value: int) -> None:
    with TIFF.TiffFile(file, mode="r+b") as tiff:
        tiff.pages.first.tags[code].overwrite(value)


def test_headers_that_claim_more_than_the_file_holds_are_refused(tmp_path: Path) -> None:
    for compression in (None, "zlib"):
        file = tmp_path / "a.tif"
        TIFF.imwrite(file, random((70, 90)), compression=compression, metadata=None, **GREY)
        changed(file, 256, 60_000)
        changed(file, 257, 60_000)
        with pytest.raises(UnetgenError, match=r"claims 60000 x 60000 x 1 values of uint8, 3\.353 GiB"):
            read_image(file)


def test_a_part_that_unpacks_to_more_than_it_says_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("unetgen.images.formats.tiff_compression.HARMLESS", 2**20)
    bomb, file = zlib.compress(bytes(4 * 2**20)), tmp_path / "a.tif"
    values = np.zeros((600, 1000), np.uint8)
    TIFF.imwrite(file, values, compression="zlib", rowsperstrip=600, metadata=None, **GREY)
    offset = file.stat().st_size
    file.write_bytes(file.read_bytes() + bomb)
    changed(file, 273, offset)
    changed(file, 279, len(bomb))
    with pytest.raises(UnetgenError, match="a part of it becomes larger than the file says"):
        read_image(file)


def test_damaged_and_foreign_files_are_refused(tmp_path: Path) -> None:
    TIFF.imwrite(tmp_path / "a.tif", random((70, 90)), compression="zlib", **GREY)
    raw = (tmp_path / "a.tif").read_bytes()
    files = {"cut.tif": raw[:-500], "short.tif": raw[:60], "text.tif": b"text", "empty.tif": b""}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UnetgenError, match=f"{name}: (is not a TIFF|cannot be read|claims|holds)"):
            read_image(tmp_path / name)


@pytest.mark.parametrize("spatial", [(7, 9), (5, 7, 9), (1, 7, 9)])
@pytest.mark.parametrize("channels, kind", [(1, "u1"), (1, "f4"), (3, "u1"), (5, "f4"), (2, "f2"), (1, "i8")])
def test_what_is_written_is_read_by_tifffile_with_its_axes_and_spacing(
    spatial: tuple[int, ...], channels: int, kind: str, tmp_path: Path
) -> None:
    values = random((*spatial, channels), kind)
    image = Image(values, np.diag([*np.arange(2.0, 2 + len(spatial)), 1]))
    write_image(tmp_path / "a.tif", image)
    with TIFF.TiffFile(tmp_path / "a.tif") as tiff:
        axes, array = tiff.series[0].axes, tiff.asarray()
    last = array if channels == 1 else np.moveaxis(array, axes.index("S" if "S" in axes else "C"), -1)
    assert np.array_equal(last.reshape(values.shape), values)
    kept = tuple(size for place, size in enumerate(spatial) if size > 1 or place > 0)
    read = read_image(tmp_path / "a.tif")
    assert np.array_equal(read.values, values.reshape(*kept, channels))
    assert read.spacing == image.spacing[len(spatial) - len(kept) :]


def test_the_unit_of_the_like_image_is_kept(tmp_path: Path) -> None:
    size = {f"PhysicalSize{axis}": 0.5 for axis in "XY"} | {f"PhysicalSize{axis}Unit": "nm" for axis in "XY"}
    TIFF.imwrite(tmp_path / "a.tif", random((7, 9)), ome=True, metadata={"axes": "YX", **size}, **GREY)
    like = read_image(tmp_path / "a.tif")
    write_image(tmp_path / "b.tif", Image(like.values), like)
    with TIFF.TiffFile(tmp_path / "b.tif") as tiff:
        assert 'PhysicalSizeX="0.5"' in str(tiff.ome_metadata) and 'Unit="nm"' in str(tiff.ome_metadata)


@pytest.mark.parametrize("values", [np.ones((4, 1)), np.full((4, 4, 1), 2**40)])
def test_what_a_tiff_cannot_hold_is_refused(values: Values, tmp_path: Path) -> None:
    with pytest.raises(UnetgenError, match=r"write .npz or .nii.gz"):
        write_image(tmp_path / "a.tif", Image(values))
    assert list(tmp_path.iterdir()) == []
