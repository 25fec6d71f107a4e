"""HDF5 files of others: what they claim to hold is looked at before any of it is read.

An array in such a file can be said to be far larger than the file, lie in another file, or be a reference to
something else. HDF5 itself would believe all of that.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from unetgen.archives import MAX_EXPANSION
from unetgen.errors import UnetgenError, shown
from unetgen.reading import size_text
from unetgen.weights.transplant import Array

if TYPE_CHECKING:
    import h5py

MAX_ARRAYS = 1_000_000
MAX_TEXTS = 100_000
"""Names in one attribute: the layers of a network."""


@contextmanager
def opened(stream: IO[bytes], label: str) -> Iterator[h5py.File]:
    """The file in `stream`, checked; what goes wrong within is said of `label`.

    Raises `UnetgenError` where it is not an HDF5 file, is damaged, or is not sound.
    """
    hdf5: Any = import_module("h5py")
    size = stream.seek(0, 2)
    stream.seek(0)
    try:
        with hdf5.File(stream, "r") as held:
            require_sound(held, size, label)
            yield held
    except UnetgenError as error:
        text = str(error)
        raise UnetgenError(text if text.startswith(label) else f"{label}: {text}") from None
    except Exception as error:  # h5py raises whatever HDF5 says of damaged data
        raise UnetgenError(
            f"{label}: is not an HDF5 file, or a damaged one ({type(error).__name__})"
        ) from None


def require_sound(held: h5py.File, size: int, label: str) -> None:
    """Raise `UnetgenError` where arrays of an open file of `size` bytes are not in it, or claim far more."""
    claimed = _claimed(held, label)
    if claimed > size + MAX_EXPANSION:
        raise UnetgenError(
            f"{label}: its weights claim to be {size_text(claimed)} in {size_text(size)}; it is not read, "
            "because that could fill the memory"
        )


def _claimed(held: h5py.File, label: str) -> int:
    """The bytes that reading all arrays would take, as they say."""
    hdf5: Any = import_module("h5py")
    claimed = count = 0
    waiting, seen = [held], {hdf5.h5o.get_info(held.id).addr}
    while waiting:
        group = waiting.pop()
        for name in group:
            count += 1
            link = group.get(name, getlink=True)
            inner = group.get(name) if isinstance(link, hdf5.HardLink) else None
            place = None if inner is None else hdf5.h5o.get_info(inner.id).addr
            if count > MAX_ARRAYS or inner is None or (place in seen and isinstance(inner, hdf5.Group)):
                raise UnetgenError(f"{label}: its weights refer to something outside of them, or have no end")
            seen.add(place)
            if isinstance(inner, hdf5.Group):
                waiting.append(inner)
            elif isinstance(inner, hdf5.Dataset):
                if inner.is_virtual or inner.external:
                    raise UnetgenError(f"{label}: its weights {inner.name!r} lie in another file")
                claimed += max(int(inner.nbytes), math.prod(inner.chunks or ()) * inner.dtype.itemsize)
    return claimed


def numbers(dataset: h5py.Dataset) -> Array:
    """An array of real numbers, as float32 or float64; raises `UnetgenError` for anything else."""
    hdf5: Any = import_module("h5py")
    if not isinstance(dataset, hdf5.Dataset) or dataset.dtype.kind not in "fiu":
        raise UnetgenError(f"{shown(dataset.name)} is not an array of numbers")
    found = np.asarray(dataset[()])
    return found.astype(np.float64 if found.dtype == np.float64 else np.float32)


def texts(holder: h5py.Group, name: str) -> list[str] | None:
    """The texts in an attribute, or in those of this name with a number behind it; None where there is none.

    Keras divides an attribute that would be too large for HDF5.
    """
    if name in holder.attrs:
        return _texts(holder, name)
    parts: list[list[str]] = []
    while f"{name}{len(parts)}" in holder.attrs:
        parts.append(_texts(holder, f"{name}{len(parts)}"))
    return [text for part in parts for text in part] if parts else None


def _texts(holder: h5py.Group, name: str) -> list[str]:
    hdf5: Any = import_module("h5py")
    kept = holder.attrs.get_id(name)
    is_empty = math.prod(kept.shape) == 0
    is_text = kept.dtype.kind == "S" or hdf5.check_string_dtype(kept.dtype) is not None
    if not (is_empty or is_text) or len(kept.shape) > 1 or math.prod(kept.shape) > MAX_TEXTS:
        raise UnetgenError(f"its attribute {shown(name)} is not a list of names")
    values = [] if is_empty else np.atleast_1d(holder.attrs[name]).tolist()
    return [value.decode("utf-8") if isinstance(value, bytes) else str(value) for value in values]
