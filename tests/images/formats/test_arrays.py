"""NumPy's own files: mapped, bounded, and never a pickle."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from unetgen.errors import UnetgenError
from unetgen.images.files import read_header, read_image, write_image
from unetgen.images.image import Image

RULES = [
    ((7,), None, (7, 1)),
    ((7, 9), None, (7, 9, 1)),
    ((7, 9, 4), None, (7, 9, 4)),
    ((7, 9, 5), None, (7, 9, 5, 1)),
    ((7, 9, 5, 2), None, (7, 9, 5, 2)),
    ((7, 9), 1, (7, 9)),
    ((7, 9, 4), 3, (7, 9, 4, 1)),
    ((7, 9, 5), 2, (7, 9, 5)),
    ((1, 1, 1), 3, (1, 1, 1, 1)),
]


@pytest.mark.parametrize("suffix", [".npy", ".npz"])
@pytest.mark.parametrize("shape, dims, read", RULES)
def test_axes_are_spatial_by_the_rule_or_as_asked(
    suffix: str, shape: tuple[int, ...], dims: int | None, read: tuple[int, ...], tmp_path: Path
) -> None:
    file = tmp_path / f"a{suffix}"
    values = np.random.default_rng(0).random(shape)
    np.save(file, values) if suffix == ".npy" else np.savez(file, anything=values)
    image, header = read_image(file, dims), read_header(file, dims)
    assert np.array_equal(image.values, values.reshape(read))
    assert (header.shape, header.dtype) == (read, values.dtype)


@pytest.mark.parametrize("shape, dims", [((2, 2, 2, 2, 2), None), ((), None), ((3, 3), 3), ((3, 3, 3, 3), 2)])
def test_other_numbers_of_axes_are_refused(shape: tuple[int, ...], dims: int | None, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros(shape))
    with pytest.raises(UnetgenError, match=f"a.npy: has {len(shape)} axes; an image has"):
        read_image(tmp_path / "a.npy", dims)


def test_an_array_stays_on_the_disk(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.asfortranarray(np.random.default_rng(0).random((5, 6, 7))))
    values = read_image(tmp_path / "a.npy").values
    assert isinstance(values, np.memmap) and not values.flags.writeable
    assert np.array_equal(values[..., 0], np.load(tmp_path / "a.npy"))


@pytest.mark.parametrize("kind", [">i2", ">f4", "?"])
def test_values_are_in_the_order_of_the_machine(kind: str, tmp_path: Path) -> None:
    values = np.arange(12).reshape(3, 4).astype(kind)
    np.save(tmp_path / "a.npy", values)
    read = read_image(tmp_path / "a.npy").values
    assert read.dtype.isnative and read.dtype.kind != "b"
    assert np.array_equal(read[..., 0], values)


class Bomb:
    """Runs code where it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path("was_run"),))


@pytest.mark.parametrize("suffix", [".npy", ".npz"])
@pytest.mark.parametrize(
    "values", [np.array([Bomb()]), np.array([1j]), np.array(["text"]), np.zeros(2, [("a", int)])]
)
def test_what_is_not_numbers_is_refused_and_never_run(
    suffix: str, values: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / f"a{suffix}"
    np.save(file, values, allow_pickle=True) if suffix == ".npy" else np.savez(file, a=values)
    for read in (read_image, read_header):
        with pytest.raises(UnetgenError, match=r"a.np.: holds values of type .*; an image has"):
            read(file)
    assert not (tmp_path / "was_run").exists()


def header(shape: tuple[int, ...], kind: str = "<f8") -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": kind, "fortran_order": False, "shape": shape})
    return stream.getvalue()


@pytest.mark.parametrize("shape", [(10**5, 10**5, 10**3), (9, 9), (-1, 4), (0, 4)])
def test_a_header_that_claims_more_than_the_file_holds_is_refused(
    shape: tuple[int, ...], tmp_path: Path
) -> None:
    (tmp_path / "a.npy").write_bytes(header(shape) + bytes(80))
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("a.npy", header(shape) + bytes(80))
    for name in ("a.npy", "a.npz"):
        with pytest.raises(UnetgenError, match=r"a.np.: (claims|holds no values|cannot be read)"):
            read_image(tmp_path / name)


def test_an_archive_that_unpacks_to_more_than_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("unetgen.images.limits.MAX_BYTES", 2**20)
    np.savez_compressed(tmp_path / "a.npz", np.zeros(2**18))
    with pytest.raises(UnetgenError, match="take 2 MiB, more than the 1 MiB that one image may take"):
        read_image(tmp_path / "a.npz")


def test_an_archive_of_several_arrays_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", image=np.zeros(3), mask=np.ones(3))
    said = r"holds 2 arrays \(image, mask\); save the image alone, or as 'values'"
    with pytest.raises(UnetgenError, match=said):
        read_image(tmp_path / "a.npz")
    np.savez(tmp_path / "a.npz", values=np.full(3, 7.0), mask=np.ones(3))
    assert read_image(tmp_path / "a.npz").values.tolist() == [[7], [7], [7]]


def test_damaged_archives_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", np.random.default_rng(0).random(1000))
    raw = (tmp_path / "a.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(raw[:900])
    (tmp_path / "turned.npz").write_bytes(raw[:3000] + bytes(10) + raw[3010:])
    (tmp_path / "text.npy").write_text("no array")
    for name in ("cut.npz", "turned.npz", "text.npy"):
        with pytest.raises(UnetgenError, match=f"{name}: cannot be read: "):
            read_image(tmp_path / name)


@pytest.mark.parametrize("spatial, channels", [((6,), 3), ((4, 5), 7), ((4, 5, 3), 1), ((4, 5, 6), 2)])
def test_an_archive_keeps_values_axes_and_affine(
    spatial: tuple[int, ...], channels: int, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    image = Image(rng.random((*spatial, channels)), np.diag([*rng.random(len(spatial)) + 1, 1]))
    write_image(tmp_path / "a.npz", image)
    read = read_image(tmp_path / "a.npz")
    assert np.array_equal(read.values, image.values)
    assert read.affine is not None and image.affine is not None and np.array_equal(read.affine, image.affine)
    assert read_header(tmp_path / "a.npz").spacing == image.spacing
