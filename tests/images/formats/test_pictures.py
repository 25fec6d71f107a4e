"""PNG, JPEG and BMP: every value as Pillow's own pixels have it, what would be lost refused."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as pillow  # noqa: N813  (a module)

from unetgen.errors import UnetgenError
from unetgen.images.files import read_header, read_image, read_labels, write_image
from unetgen.images.image import Image, Values

GREY = np.arange(63, dtype=np.uint8).reshape(7, 9) * 4
PALETTE = [0, 0, 0, 255, 0, 0, 0, 255, 0, 9, 8, 7]


def png(depth: int, colour: int, rows: Values, width: int) -> bytes:
    """A PNG of raw rows, written here since Pillow writes no 2, 4 or 3 x 16 bits."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, len(rows), depth, colour, 0, 0, 0)
    body = b"".join(b"\0" + row.tobytes() for row in rows)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


@pytest.mark.parametrize(
    "suffix, shape, kind",
    [
        (".png", (7, 9), np.uint8), (".png", (7, 9, 2), np.uint8), (".png", (7, 9, 3), np.uint8),
        (".png", (7, 9, 4), np.uint8), (".png", (7, 9), np.uint16), (".png", (1, 1), np.uint8),
        (".bmp", (7, 9), np.uint8), (".bmp", (7, 9, 3), np.uint8),
    ],
)  # fmt: skip
def test_values_are_those_of_the_file(
    suffix: str, shape: tuple[int, ...], kind: type[np.uint8 | np.uint16], tmp_path: Path
) -> None:
    values = np.random.default_rng(0).integers(0, np.iinfo(kind).max, shape).astype(kind)
    file = tmp_path / f"a{suffix}"
    pillow.fromarray(values).save(file)
    image, header = read_image(file), read_header(file)
    assert np.array_equal(image.values, values.reshape(*shape[:2], -1))
    assert (header.shape, header.dtype) == (image.values.shape, image.values.dtype)
    assert image.affine is None and image.file == file


def test_jpeg_has_the_colours_that_pillow_decodes(tmp_path: Path) -> None:
    file = tmp_path / "a.JPG"
    pillow.fromarray(np.stack([GREY, GREY[::-1], GREY], -1)).save(file, format="JPEG", quality=95)
    assert np.array_equal(read_image(file).values, np.asarray(pillow.open(file)))


def test_one_bit_gives_zeros_and_ones(tmp_path: Path) -> None:
    mask = np.random.default_rng(1).random((5, 11)) > 0.5
    for name in ("a.png", "a.bmp"):
        pillow.fromarray(mask).save(tmp_path / name)
        assert np.array_equal(read_labels(tmp_path / name).values[..., 0], mask.astype(np.uint8))
        assert read_image(tmp_path / name).values.dtype == np.uint8


@pytest.mark.parametrize("depth", [2, 4])
def test_two_and_four_bits_of_grey_are_what_they_count(depth: int, tmp_path: Path) -> None:
    packed = np.random.default_rng(2).integers(0, 256, (6, 3), np.uint8)
    file = tmp_path / "a.png"
    width = 3 * 8 // depth
    file.write_bytes(png(depth, 0, packed, width))
    bits = np.unpackbits(packed, axis=1).reshape(6, width, depth)
    counted = bits @ (1 << np.arange(depth)[::-1])
    assert np.array_equal(read_labels(file).values[..., 0], counted)


@pytest.mark.parametrize("name", ["a.png", "a.bmp"])
def test_a_palette_gives_colours_for_images_and_indices_for_labels(name: str, tmp_path: Path) -> None:
    indices = np.random.default_rng(3).integers(0, 4, (5, 6), np.uint8)
    picture = pillow.fromarray(indices).convert("L")
    picture.putpalette(PALETTE)
    picture.save(tmp_path / name)
    file = tmp_path / name
    assert np.array_equal(read_labels(file).values[..., 0], indices)
    assert np.array_equal(read_image(file).values, np.reshape(PALETTE, (4, 3))[indices])
    assert (read_header(file).channels, read_header(file, as_labels=True).channels) == (3, 1)


def test_a_palette_with_transparency_gives_four_channels(tmp_path: Path) -> None:
    picture = pillow.fromarray(np.array([[0, 1]], np.uint8))
    picture.putpalette(PALETTE)
    picture.save(tmp_path / "a.png", transparency=b"\x00\xff")
    assert read_image(tmp_path / "a.png").values.tolist() == [[[0, 0, 0, 0], [255, 0, 0, 255]]]


@pytest.mark.parametrize("turn", range(1, 9))
def test_exif_turns_a_picture_as_a_viewer_shows_it(turn: int, tmp_path: Path) -> None:
    """What each value means is written out from the EXIF standard: where row 0 and column 0 are seen."""
    shown = {
        1: GREY, 2: GREY[:, ::-1], 3: GREY[::-1, ::-1], 4: GREY[::-1],
        5: GREY.T, 6: GREY.T[:, ::-1], 7: GREY.T[::-1, ::-1], 8: GREY.T[::-1],
    }[turn]  # fmt: skip
    exif = pillow.Exif()
    exif[0x0112] = turn
    pillow.fromarray(GREY).save(tmp_path / "a.png", exif=exif)
    assert np.array_equal(read_image(tmp_path / "a.png").values[..., 0], shown)
    assert read_header(tmp_path / "a.png").spatial == shown.shape


def test_an_orientation_after_the_pixels_is_refused(tmp_path: Path) -> None:
    exif = pillow.Exif()
    exif[0x0112] = 6
    pillow.fromarray(GREY).save(tmp_path / "a.png", exif=exif)
    raw = (tmp_path / "a.png").read_bytes()
    start = raw.index(b"eXIf") - 4
    end = start + 12 + int.from_bytes(raw[start : start + 4], "big")
    last = raw.index(b"IEND") - 4
    (tmp_path / "b.png").write_bytes(raw[:start] + raw[end:last] + raw[start:end] + raw[last:])
    with pytest.raises(UnetgenError, match="its EXIF orientation stands after its pixels"):
        read_image(tmp_path / "b.png")


def test_what_pillow_would_lose_is_refused(tmp_path: Path) -> None:
    colours = np.random.default_rng(4).integers(0, 256, (4, 5 * 6), np.uint8)
    (tmp_path / "deep.png").write_bytes(png(16, 2, colours, 5))
    pillow.new("CMYK", (4, 4)).save(tmp_path / "cmyk.jpg")
    frames = [pillow.fromarray(GREY), pillow.fromarray(GREY[::-1])]
    frames[0].save(tmp_path / "moving.png", save_all=True, append_images=frames[1:])
    said = {"deep.png": "RGB of 16 bits, of which 8 would be lost", "cmyk.jpg": "mode CMYK",
            "moving.png": "has 2 frames"}  # fmt: skip
    for name, what in said.items():
        for read in (read_image, read_header, read_labels):
            with pytest.raises(UnetgenError, match=f"{name}: .*{what}"):
                read(tmp_path / name)


def test_damaged_and_foreign_files_are_refused(tmp_path: Path) -> None:
    pillow.fromarray(np.random.default_rng(5).integers(0, 256, (64, 64), np.uint8)).save(tmp_path / "a.png")
    raw = (tmp_path / "a.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(raw[:2000])
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "eps.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    (tmp_path / "empty.png").write_bytes(b"")
    for name, what in {"cut": "cannot be read", "text": "is not a PNG", "eps": "is not a PNG",
                       "empty": "is not a PNG"}.items():  # fmt: skip
        with pytest.raises(UnetgenError, match=what):
            read_image(tmp_path / f"{name}.png")


def test_a_picture_that_claims_billions_of_pixels_is_refused(tmp_path: Path) -> None:
    rows = np.zeros((1, 1), np.uint8)
    raw = bytearray(png(8, 0, rows, 1))
    raw[16:24] = struct.pack(">II", 60_000, 60_000)
    raw[29:33] = struct.pack(">I", zlib.crc32(raw[12:29]))
    (tmp_path / "a.png").write_bytes(raw)
    with pytest.raises(UnetgenError, match="more pixels than Pillow reads"):
        read_image(tmp_path / "a.png")


@pytest.mark.parametrize("kind, channels", [("u1", 1), ("u1", 2), ("u1", 3), ("u1", 4), ("u2", 1), ("i8", 1)])
def test_a_png_that_is_written_is_read_back_by_pillow(kind: str, channels: int, tmp_path: Path) -> None:
    high = 60_000 if kind == "u2" else 200
    values = np.random.default_rng(6).integers(0, high, (6, 5, channels)).astype(kind)
    write_image(tmp_path / "a.png", Image(values))
    assert np.array_equal(np.asarray(pillow.open(tmp_path / "a.png")).reshape(values.shape), values)


@pytest.mark.parametrize(
    "values, what",
    [
        (np.zeros((4, 4, 4, 1), np.uint8), "has 2 axes, not 3"),
        (np.full((4, 4, 1), 0.5), "not 1 of float64"),
        (np.full((4, 4, 2), 300), "not 2 of int16"),
        (np.full((4, 4, 1), 70_000), "not 1 of int32"),
        (np.full((4, 4, 1), -1), "not 1 of int16"),
    ],
)
def test_what_a_png_cannot_hold_is_refused(values: Values, what: str, tmp_path: Path) -> None:
    with pytest.raises(UnetgenError, match=f"{what}; write .tif, .npz or .nii.gz"):
        write_image(tmp_path / "a.png", Image(values))
    assert list(tmp_path.iterdir()) == []
    write_image(tmp_path / "a.npz", Image(values))  # as it says
    assert np.array_equal(read_image(tmp_path / "a.npz", dims=values.ndim - 1).values, values)
