"""Any file is read, or refused with its name; writing leaves a whole file or none."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.images.formats.test_ome_zarr import stored
from unetgen.errors import UnetgenError
from unetgen.images.files import (
    SUFFIXES,
    WRITTEN,
    is_image,
    read_header,
    read_image,
    read_labels,
    suffix_of,
    write_image,
)
from unetgen.images.image import Image, Values

RNG = np.random.default_rng(8)
PICTURE = RNG.integers(0, 200, (6, 7, 1)).astype(np.uint8)
VOLUME = RNG.integers(0, 200, (5, 6, 7, 1)).astype(np.uint8)


def fitting(suffix: str) -> Values:
    return PICTURE if suffix == ".png" else VOLUME


def test_the_page_names_every_suffix_and_whether_it_is_written() -> None:
    page = (Path(__file__).parents[2] / "docs" / "images.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1:-1] for line in page.splitlines() if line.startswith("| `")]
    named = {suffix: row for row in rows for suffix in re.findall(r"`(\.\S+)`", row[0])}
    assert set(named) == set(SUFFIXES)
    for suffix, row in named.items():
        said = re.findall(r"`(\.\S+)`", row[3])
        is_written = suffix in said if said else row[3].strip() != "no"
        assert is_written == (suffix in WRITTEN)


def test_knowing_files_imports_no_library_of_images() -> None:
    code = (
        "import sys, pathlib, unetgen.images.files as f, unetgen.images.resampling\n"
        "f.is_image(pathlib.Path('a.png')); print(*{name.split('.')[0] for name in sys.modules})"
    )
    command = [sys.executable, "-c", code]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert not set(loaded) & {
        "PIL",
        "tifffile",
        "nibabel",
        "SimpleITK",
        "zarr",
        "scipy",
        "keras",
        "tensorflow",
    }


@pytest.mark.parametrize("suffix", WRITTEN)
def test_what_is_written_is_read_again(suffix: str, tmp_path: Path) -> None:
    file = tmp_path / "new folder" / f"a.b{suffix}"
    values = fitting(suffix)
    write_image(file, Image(values.astype(np.int64)))
    assert [entry.name for entry in file.parent.iterdir()] == [file.name]
    assert is_image(file)
    for read in (read_image, read_labels):
        assert np.array_equal(read(file).values, values) and read(file).values.dtype == np.uint8
    assert read_header(file).shape == values.shape


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_missing_file_a_folder_and_garbage_are_refused(suffix: str, tmp_path: Path) -> None:
    missing, folder, garbage = (tmp_path / f"{name}{suffix}" for name in ("missing", "folder", "garbage"))
    folder.mkdir()
    garbage.write_bytes(RNG.bytes(5000))
    for read in (read_image, read_labels, read_header):
        for file in (missing, folder, garbage):
            with pytest.raises(UnetgenError, match=f"{file.name}: ") as caught:
                read(file)
            assert str(caught.value).startswith(str(file)) and "\n" not in str(caught.value)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_no_damage_of_a_file_is_a_traceback(suffix: str, tmp_path: Path) -> None:
    """Bytes are changed and lost all over the file; it is read or refused, whatever its library does."""
    source = {".jpg": ".png", ".jpeg": ".png", ".bmp": ".png", ".mhd": ".mha"}.get(suffix, suffix)
    good, file = tmp_path / f"good{source}", tmp_path / f"a{suffix}"
    if suffix == ".zarr":
        stored(file, VOLUME, "czyx", 3, [1.0, 2.0, 3.0, 4.0])
        good = tmp_path / "good.json"
        shutil.copy(file / "zarr.json", good)
    else:
        write_image(good, Image(fitting(source), np.diag([*range(2, fitting(source).ndim + 1), 1.0])))
    raw = good.read_bytes()
    rng = np.random.default_rng(0)
    for attempt in range(24):
        damaged = bytearray(raw if attempt % 2 else raw[: rng.integers(1, len(raw))])
        for place in rng.integers(0, min(len(damaged), 600), 3):
            damaged[place] = rng.integers(0, 256)
        (file / "zarr.json" if suffix == ".zarr" else file).write_bytes(damaged)
        for read in (read_image, read_labels, read_header):
            try:
                read(file)
            except UnetgenError as error:
                assert str(error).startswith(str(file))


@pytest.mark.parametrize(
    "name, suffix",
    [("a.nii.gz", ".nii.gz"), ("A.NII", ".nii"), ("a.gz", None), ("a.ome.tiff", ".tiff"), ("a.png.txt", None),
     (".png", None), ("a.PNG", ".png"), ("png", None)],
)  # fmt: skip
def test_files_are_known_by_their_suffix(name: str, suffix: str | None, tmp_path: Path) -> None:
    assert suffix_of(Path(name)) == suffix
    (tmp_path / name).write_bytes(b"x")
    assert is_image(tmp_path / name) is (suffix is not None)


def test_other_files_are_refused_with_the_suffixes_that_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.gif").write_bytes(b"x")
    with pytest.raises(UnetgenError, match=r"a.gif: is not an image that is read; use .png .jpg .* .nii.gz"):
        read_image(tmp_path / "a.gif")
    for name in ("a.jpg", "a.gif", "a"):
        with pytest.raises(UnetgenError, match=r"images are not written as .*; use .png .tif"):
            write_image(tmp_path / name, Image(PICTURE))


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(UnetgenError, match="is a pipe, not a file"):
        read_image(tmp_path / "a.png")
    assert not is_image(tmp_path / "a.png")


@pytest.mark.parametrize("suffix", WRITTEN)
def test_a_failure_while_writing_leaves_the_old_file(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / f"a{suffix}"
    write_image(file, Image(fitting(suffix)))
    before = file.read_bytes()

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(UnetgenError, match="No space left on device; nothing was changed"):
        write_image(file, Image(fitting(suffix) + 1))
    assert file.read_bytes() == before and [entry.name for entry in tmp_path.iterdir()] == [file.name]


def test_what_a_library_refuses_to_write_is_an_error_that_names_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise ValueError("too odd")

    monkeypatch.setattr("tifffile.imwrite", refuse)
    with pytest.raises(UnetgenError, match=r"new.a.tif: cannot be written: too odd; nothing was changed"):
        write_image(tmp_path / "new" / "a.tif", Image(PICTURE))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", [".npy", ".nii", ".npz", ".tif", ".nii.gz"])
def test_a_file_is_written_over_itself(suffix: str, tmp_path: Path) -> None:
    """Also where its values are mapped from it."""
    file = tmp_path / f"a{suffix}"
    write_image(file, Image(VOLUME, np.diag([2.0, 3, 4, 1])))
    image = read_image(file)
    write_image(file, image, like=image)
    assert np.array_equal(read_image(file).values, VOLUME)
    assert np.array_equal(image.values, VOLUME)  # what was mapped stays
