"""OME-Zarr 0.4 and 0.5, by zarr, an extra: the full resolution of the first image, read from a folder.

The metadata is read here, before zarr sees the folder: an array may name a codec that runs what it unpacks
(`pickle` is one), so those that are known to be harmless are the only ones that are opened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from unetgen.errors import UnetgenError, shown
from unetgen.images.formats.base import PLAIN, ImageFormat, Wanted, extra
from unetgen.images.geometry import grid_affine
from unetgen.images.header import Header
from unetgen.images.image import Affine, Image
from unetgen.images.limits import require_claim
from unetgen.reading import read_json

CODECS = {
    "bytes", "blosc", "gzip", "zlib", "zstd", "lz4", "bz2", "shuffle", "delta", "transpose", "crc32c",
    "sharding_indexed",
}  # fmt: skip
"""Of zarr's formats 2 and 3; those that only pack bytes."""
SPATIAL, CHANNEL = "zyx", "c"


class OmeZarr(ImageFormat):
    """The axes z, y, x as far as there are, and c as channels."""

    suffixes = (".zarr",)
    is_folder = True

    def read(self, path: Path, wanted: Wanted = PLAIN) -> Image:
        zarr = extra(path, "zarr", "zarr")
        header, place, order = _opened(path)
        array = zarr.open_array(str(path / place), mode="r")
        values = np.asarray(array[...]).transpose(order).reshape(header.shape)
        return Image(values, header.affine, path)

    def header(self, path: Path, wanted: Wanted = PLAIN) -> Header:
        return _opened(path)[0]


def _opened(path: Path) -> tuple[Header, str, tuple[int, ...]]:
    """What the image is, the folder of its array, and the array's axes in the order of an image."""
    multiscale = _multiscale(path)
    axes = [axis if isinstance(axis, str) else str(axis["name"]) for axis in multiscale["axes"]]
    dataset = multiscale["datasets"][0]
    place = str(dataset["path"])
    if PurePosixPath(place).is_absolute() or ".." in PurePosixPath(place).parts or "\\" in place:
        raise UnetgenError(f"{path}: its values lie in {shown(place)}; only a folder inside it is read")
    shape, dtype, chunk = _array(path / place)
    if len(shape) != len(axes):
        raise UnetgenError(f"{path}: names {len(axes)} axes of an array that has {len(shape)}; it is damaged")
    order = _order(axes, shape, path)
    kept = [axis for axis in order if axes[axis] in SPATIAL or axes[axis] == CHANNEL]
    spatial = [axis for axis in kept if axes[axis] in SPATIAL]
    channels = shape[axes.index(CHANNEL)] if CHANNEL in axes else 1
    require_claim(path, shape, dtype, None)
    require_claim(path, chunk, dtype, None)
    size = tuple(shape[axis] for axis in spatial)
    affine = _affine([dataset, multiscale], spatial, len(axes))
    return Header(size, channels, dtype, affine), place, order


def _multiscale(path: Path) -> Mapping[str, Any]:
    v3, v2 = path / "zarr.json", path / ".zattrs"
    if v3.is_file():
        data = read_json(v3).get("attributes", {}).get("ome", {})
    elif v2.is_file():
        data = read_json(v2)
    else:
        raise UnetgenError(f"{path}: is not OME-Zarr: it has neither zarr.json nor .zattrs")
    scales = data.get("multiscales") or []
    if len(scales) != 1:
        raise UnetgenError(f"{path}: describes {len(scales)} images (`multiscales`) of OME-Zarr; one is read")
    found: Mapping[str, Any] = scales[0]
    if not found.get("axes") or not found.get("datasets"):
        raise UnetgenError(f"{path}: does not say its axes or datasets, as OME-Zarr does from version 0.3 on")
    return found


def _array(folder: Path) -> tuple[tuple[int, ...], np.dtype[Any], tuple[int, ...]]:
    """Shape, type and chunks, where the codecs are harmless."""
    if (folder / "zarr.json").is_file():
        data = read_json(folder / "zarr.json")
        codecs = list(_codecs(data["codecs"], "name"))
        dtype, chunk = data["data_type"], data["chunk_grid"]["configuration"]["chunk_shape"]
    else:
        data = read_json(folder / ".zarray")
        codecs = list(
            _codecs([*(data.get("filters") or []), data.get("compressor") or {"id": "blosc"}], "id")
        )
        dtype, chunk = data["dtype"], data["chunks"]
    unknown = sorted(set(codecs) - CODECS)
    if unknown:
        raise UnetgenError(
            f"{folder}: is packed by {', '.join(map(shown, unknown))}; pack it by blosc or zstd"
        )
    if not isinstance(dtype, str):
        raise UnetgenError(f"{folder}: holds values of type {shown(dtype)}; an image has numbers")
    return tuple(map(int, data["shape"])), np.dtype(dtype), tuple(map(int, chunk))


def _codecs(listed: Sequence[Mapping[str, Any]], key: str) -> list[str]:
    """The names of all codecs; shards hold others."""
    names = []
    for codec in listed:
        names.append(str(codec.get(key)))
        inner = codec.get("configuration") or {}
        for held in ("codecs", "index_codecs"):
            names += _codecs(inner.get(held) or [], key)
    return names


def _order(axes: Sequence[str], shape: Sequence[int], path: Path) -> tuple[int, ...]:
    """Axes of one place that an image lacks, then z, y, x, then c."""
    others = [place for place, name in enumerate(axes) if name not in SPATIAL and name != CHANNEL]
    long = [f"{axes[place]} of {shape[place]}" for place in others if shape[place] > 1]
    if long or len(set(axes)) < len(axes):
        what = " and ".join(long) or "the same name twice"
        raise UnetgenError(f"{path}: has an axis {what}; save each of its images alone")
    if not set(axes) & set(SPATIAL):
        raise UnetgenError(f"{path}: has none of the axes z, y and x")
    return (*others, *(axes.index(name) for name in (*SPATIAL, CHANNEL) if name in axes))


def _affine(levels: Sequence[Mapping[str, Any]], spatial: Sequence[int], count: int) -> Affine | None:
    """Scales and translations, those of the dataset first."""
    steps, origin, is_said = np.ones(count), np.zeros(count), False
    for level in levels:
        for change in level.get("coordinateTransformations") or []:
            is_said = True
            if change["type"] == "scale":
                steps, origin = steps * change["scale"], origin * change["scale"]
            elif change["type"] == "translation":
                origin = origin + change["translation"]
    if not is_said:
        return None
    return grid_affine(steps[list(spatial)].tolist(), origin[list(spatial)].tolist())
