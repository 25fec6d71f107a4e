"""OME-Zarr: axes, scales and values as zarr has them; nothing in it is run, nothing beside it is read."""

from __future__ import annotations

import json
import pickle
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.images.oracles import ZARR
from unetgen.errors import UnetgenError
from unetgen.images.files import is_image, read_header, read_image
from unetgen.images.image import Values

RNG = np.random.default_rng(4)
KINDS = {"t": "time", "c": "channel"}


def stored(
    folder: Path, values: Values, axes: str, version: int, scale: list[float] | None = None, **more: Any
) -> Path:
    group = ZARR.open_group(str(folder), mode="w", zarr_format=version)
    group.create_array("s0", data=values, chunks=tuple(max(1, size // 2) for size in values.shape), **more)
    changes: list[dict[str, Any]] = [{"type": "scale", "scale": scale}] if scale else []
    if scale:
        changes.append({"type": "translation", "translation": [10.0 * step for step in scale]})
    multiscale = {
        "axes": [{"name": name, "type": KINDS.get(name, "space")} for name in axes],
        "datasets": [{"path": "s0"} | ({"coordinateTransformations": changes} if changes else {})],
    }
    said = {"multiscales": [multiscale], "version": "0.5"}
    group.attrs.update(said if version == 2 else {"ome": said})
    return folder


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize(
    "axes, shape, order",
    [
        ("yx", (7, 9), (0, 1)), ("zyx", (5, 7, 9), (0, 1, 2)), ("cyx", (3, 7, 9), (1, 2, 0)),
        ("tczyx", (1, 2, 5, 7, 9), (2, 3, 4, 1)), ("xyz", (9, 7, 5), (2, 1, 0)),
        ("yxc", (7, 9, 3), (0, 1, 2)),
    ],
)  # fmt: skip
def test_values_and_axes_are_those_of_zarr(
    axes: str, shape: tuple[int, ...], order: tuple[int, ...], version: int, tmp_path: Path
) -> None:
    values = RNG.integers(0, 99, shape).astype(np.uint16)
    folder = stored(tmp_path / "a.ome.zarr", values, axes, version)
    squeezed = values[0] if axes[0] == "t" else values
    shift = 1 if axes[0] == "t" else 0
    expected = squeezed.transpose([place - shift for place in order])
    read = read_image(folder)
    assert np.array_equal(read.values, expected if "c" in axes else expected[..., None])
    assert read.affine is None and is_image(folder)
    assert read_header(folder).shape == read.values.shape and read_header(folder).dtype == np.uint16


@pytest.mark.parametrize("version", [2, 3])
def test_scales_and_translations_are_the_place(version: int, tmp_path: Path) -> None:
    folder = stored(tmp_path / "a.zarr", np.ones((2, 5, 7, 9)), "czyx", version, [1.0, 3.0, 2.0, 0.5])
    read = read_image(folder)
    assert read.spacing == (3.0, 2.0, 0.5) == read_header(folder).spacing
    assert read.affine is not None
    assert (read.affine @ [1, 1, 1, 1]).tolist() == [5.5, 22, 33, 1]  # x, y, z


def test_axes_that_an_image_lacks_are_refused(tmp_path: Path) -> None:
    for axes, shape, what in (("tyx", (2, 7, 9), "an axis t of 2"), ("yy", (7, 9), "the same name twice"),
                              ("cq", (2, 1), "none of the axes z, y and x")):  # fmt: skip
        folder = stored(tmp_path / f"{axes}.zarr", np.ones(shape), axes, 3)
        with pytest.raises(UnetgenError, match=what):
            read_image(folder)


class Bomb:
    """Runs code where it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path("was_run"),))


@pytest.mark.parametrize("place", ["filters", "compressor"])
def test_a_codec_that_runs_code_is_refused(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = stored(tmp_path / "a.zarr", np.ones((4, 4)), "yx", 2)
    file = folder / "s0" / ".zarray"
    said = json.loads(file.read_text())
    said |= {"chunks": [4, 4], "compressor": None, "filters": None}
    said[place] = [{"id": "pickle", "protocol": 5}] if place == "filters" else {"id": "pickle", "protocol": 5}
    file.write_text(json.dumps(said))
    (folder / "s0" / "0.0").write_bytes(pickle.dumps(Bomb()))
    for read in (read_image, read_header):
        with pytest.raises(UnetgenError, match="is packed by 'pickle'"):
            read(folder)
    assert not (tmp_path / "was_run").exists()


def change(folder: Path, **said: Any) -> None:
    """Other metadata of the multiscale image."""
    file = folder / "zarr.json"
    data = json.loads(file.read_text())
    data["attributes"]["ome"]["multiscales"][0].update(said)
    file.write_text(json.dumps(data))


@pytest.mark.parametrize("place", ["../b.zarr/s0", "/etc", "s0/../../b.zarr/s0", "..\\b"])
def test_a_path_leads_only_inside(place: str, tmp_path: Path) -> None:
    stored(tmp_path / "b.zarr", np.ones((4, 4)), "yx", 3)
    folder = stored(tmp_path / "a.zarr", np.ones((4, 4)), "yx", 3)
    change(folder, datasets=[{"path": place}])
    with pytest.raises(UnetgenError, match="only a folder inside it is read"):
        read_image(folder)


def test_claims_of_terabytes_are_refused(tmp_path: Path) -> None:
    for key, name in (("shape", "whole.zarr"), ("chunk", "chunk.zarr")):
        folder = stored(tmp_path / name, np.ones((4, 4)), "yx", 3)
        file = folder / "s0" / "zarr.json"
        data = json.loads(file.read_text())
        if key == "shape":
            data["shape"] = [10**6, 10**6]
        else:
            data["chunk_grid"]["configuration"]["chunk_shape"] = [10**6, 10**6]
        file.write_text(json.dumps(data))
        with pytest.raises(UnetgenError, match="1000000 x 1000000 values of float64 take 7451 GiB"):
            read_image(folder)


def test_what_is_not_ome_zarr_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.zarr").mkdir()
    ZARR.open_group(str(tmp_path / "plain.zarr"), mode="w")
    broken = stored(tmp_path / "broken.zarr", np.ones((4, 4)), "yx", 3)
    (broken / "s0" / "zarr.json").write_text("{}")
    axes = stored(tmp_path / "axes.zarr", np.ones((4, 4)), "yx", 3)
    change(axes, axes=["z", "y", "x"])
    (tmp_path / "file.zarr").write_text("x")
    said = {
        "empty": "neither zarr.json nor .zattrs", "plain": "describes 0 images", "broken": "cannot be read",
        "axes": "names 3 axes of an array that has 2", "file": "neither zarr.json nor .zattrs",
    }  # fmt: skip
    for name, what in said.items():
        for read in (read_image, read_header):
            with pytest.raises(UnetgenError, match=what):
                read(tmp_path / f"{name}.zarr")


def test_the_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = stored(tmp_path / "a.zarr", np.ones((4, 4)), "yx", 3)
    monkeypatch.setitem(sys.modules, "zarr", None)
    with pytest.raises(UnetgenError, match=r"need zarr; install it with `pip install 'unetgen\[zarr\]'`"):
        read_image(folder)
