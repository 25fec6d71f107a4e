"""PyTorch's files of tensors, read without PyTorch: its zip archives, and the files of before version 1.6.

In both, a pickle says which tensors there are, and their numbers lie beside it. See `torch.save` in PyTorch's
documentation, and the notes there on the layout of its archives.
"""

from __future__ import annotations

import math
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np

from unetgen.archives import read_member, require_sound_archive
from unetgen.errors import UnetgenError, shown
from unetgen.weights.pickled import Called, GlobalName, Persistent, plain_data
from unetgen.weights.transplant import Array

HOLDERS = ("state_dict", "model_state_dict", "model", "network_weights", "network", "net", "model_ema")
"""Keys under which training programs keep the weights."""
TYPES: Mapping[str, str] = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "BFloat16Storage": "<u2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "i1",
    "ByteStorage": "u1",
    "BoolStorage": "?",
}
"""What the numbers of PyTorch's storages are for NumPy; bfloat16 is the upper half of a float32."""
BFLOAT16 = "BFloat16Storage"
LARGEST_PICKLE = 256 * 2**20
MAGIC = 0x1950A86A20F9469CFC6C
"""The first thing in a file of before version 1.6."""
_REBUILT = ("torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor")
_WRAPPED = ("torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state")
_OTHERWISE = {
    "torch._utils._rebuild_meta_tensor_no_storage": "has no values: it is on the device `meta`",
    "torch._utils._rebuild_sparse_tensor": "is sparse",
    "torch._utils._rebuild_sparse_csr_tensor": "is sparse",
    "torch._utils._rebuild_nested_tensor": "is nested",
    "torch._utils._rebuild_qtensor": "is quantized",
}
"""What is not a plain array of numbers, by how PyTorch makes it anew."""
Numbers = Callable[[str], bytes]
"""The bytes of a storage by its key."""


@dataclass(frozen=True)
class Checkpoint:
    """What a program has saved: its dictionary as plain data, and the network's tensors by their names."""

    held: Mapping[object, object]
    tensors: dict[str, Array]


def read_state_dict(file: Path) -> dict[str, Array]:
    """The tensors in `file` by their names; see `read_checkpoint`."""
    return read_checkpoint(file).tensors


def read_checkpoint(file: Path) -> Checkpoint:
    """What `file` holds, its tensors as float32 or float64; nothing in it runs.

    Raises `UnetgenError` where it is damaged, claims more than it has, or holds no dictionary of tensors.
    """
    require_sound_archive(file)
    try:
        held, numbers = _archive(file) if zipfile.is_zipfile(file) else _former(file)
        return Checkpoint(held if isinstance(held, Mapping) else {}, dict(_tensors(held, numbers)))
    except UnetgenError as error:
        text = str(error)
        raise UnetgenError(text if text.startswith(str(file)) else f"{file}: {text}") from None
    except OSError as error:
        raise UnetgenError(f"{file}: cannot be read: {error.strerror}") from None
    except RecursionError:
        raise UnetgenError(f"{file}: holds data within itself, without end") from None


def _archive(file: Path) -> tuple[object, Numbers]:
    with zipfile.ZipFile(file) as archive:
        sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
    roots = [name.removesuffix("data.pkl") for name in sizes if name.split("/")[-1] == "data.pkl"]
    if len(roots) != 1:
        raise UnetgenError("is an archive, and not one of PyTorch's: it has no single data.pkl")
    root = roots[0]
    if f"{root}constants.pkl" in sizes:
        raise UnetgenError("is a TorchScript program; save the network's state_dict()")
    if read_member(file, f"{root}byteorder", 16) == b"big":
        raise UnetgenError("was written on a machine of the other byte order")

    def numbers(key: str) -> bytes:
        name = f"{root}data/{key}"
        content = read_member(file, name, sizes.get(name, 0))
        if content is None:
            raise UnetgenError(f"has no member {shown(name)}")
        return content

    text = read_member(file, f"{root}data.pkl", LARGEST_PICKLE)
    return plain_data(BytesIO(text or b"")), numbers


def _former(file: Path) -> tuple[object, Numbers]:
    stream = BytesIO(file.read_bytes())
    if not _begins_as_one(stream):
        raise UnetgenError("is not a file of PyTorch's")
    for _ in ("version", "system"):
        plain_data(stream)
    held, keys = plain_data(stream), plain_data(stream)
    if not isinstance(keys, list):
        raise UnetgenError("is a damaged file of PyTorch's: it has no list of storages")
    types = dict(_storages(held))
    known: dict[str, bytes] = {}
    for key in map(str, keys):
        known[key] = _next_storage(stream, types.get(key))

    def numbers(key: str) -> bytes:
        if key not in known:
            raise UnetgenError(f"has no numbers for the storage {shown(key)}")
        return known[key]

    return held, numbers


def _begins_as_one(stream: BinaryIO) -> bool:
    try:
        return plain_data(stream) == MAGIC
    except UnetgenError:
        return False


def _storages(held: object) -> Iterator[tuple[str, str]]:
    """The key and the type of each storage that `held` speaks of."""
    if isinstance(held, Mapping):
        for value in held.values():
            yield from _storages(value)
    elif isinstance(held, list | tuple):
        for value in held:
            yield from _storages(value)
    elif isinstance(held, Called):
        yield from _storages(held.arguments)
    elif isinstance(held, Persistent):
        kind, key, _ = _storage(held)
        yield key, kind


def _next_storage(stream: BinaryIO, kind: str | None) -> bytes:
    if kind is None or kind not in TYPES:
        raise UnetgenError("has a storage of an unknown type, or of no tensor")
    count = int.from_bytes(stream.read(8), "little", signed=True)
    wanted = count * np.dtype(TYPES[kind]).itemsize
    content = stream.read(max(0, wanted))
    if count < 0 or len(content) != wanted:
        raise UnetgenError("ends before its tensors do")
    return content


def _tensors(held: object, numbers: Numbers) -> Iterator[tuple[str, Array]]:
    inner = held
    for _ in HOLDERS:  # one within another, but never without end
        if isinstance(inner, Mapping):
            inner = next((inner[key] for key in HOLDERS if isinstance(inner.get(key), Mapping)), inner)
    if not isinstance(inner, Mapping):
        raise UnetgenError("holds no dictionary of tensors; save the network's state_dict()")
    for name, value in inner.items():
        if isinstance(value, Called) and value.name in _OTHERWISE:
            raise UnetgenError(f"{shown(name)}: {_OTHERWISE[value.name]}; save the network's plain tensors")
    found = {name: value for name, value in inner.items() if _is_tensor(value)}
    if not found:
        raise UnetgenError(f"holds no tensors at its top or under {', '.join(HOLDERS)}")
    for name, value in found.items():
        if not isinstance(name, str):
            raise UnetgenError(f"holds a tensor under {shown(name)}; names of tensors are texts")
        try:
            yield name, _array(value, numbers)
        except (TypeError, ValueError, IndexError) as error:
            raise UnetgenError(f"{shown(name)} is damaged ({type(error).__name__})") from None


def _is_tensor(value: object) -> bool:
    return isinstance(value, Called) and value.name in (*_REBUILT, *_WRAPPED)


def _array(value: object, numbers: Numbers) -> Array:
    """A tensor's numbers in its own memory."""
    if isinstance(value, Called) and value.name in _WRAPPED:
        value = value.arguments[0]
    if not isinstance(value, Called) or value.name not in _REBUILT:
        raise ValueError
    storage, *place = value.arguments
    (offset,), shape, strides = _whole((place[0],)), _whole(place[1]), _whole(place[2])
    if not isinstance(storage, Persistent) or len(shape) != len(strides):
        raise ValueError
    kind, key, count = _storage(storage)
    flat = np.frombuffer(numbers(key), np.dtype(TYPES[kind]))
    last = offset + sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True))
    size = math.prod(shape)
    if size > len(flat) or (size > 0 and last >= min(len(flat), count)):
        raise ValueError
    step = flat.itemsize
    view = np.lib.stride_tricks.as_strided(flat[offset:], shape, [step * stride for stride in strides])
    if kind == BFLOAT16:
        return (view.astype(np.uint32) << 16).view(np.float32)
    return view.astype(np.float64 if view.dtype == np.float64 else np.float32)


def _storage(value: Persistent) -> tuple[str, str, int]:
    """A storage's type, its key and how many numbers it has."""
    match value.key:
        case ("storage", GlobalName(name=name), str() as key, _, int() as count, *_):
            kind = name.rpartition(".")[2]
            if kind in TYPES:
                return kind, key, count
            raise UnetgenError(f"has tensors of the type {shown(kind)}; save the network's plain tensors")
    raise UnetgenError("has tensors that PyTorch keeps in another way; save the network's state_dict()")


def _whole(values: object) -> tuple[int, ...]:
    if not isinstance(values, tuple) or not all(type(each) is int and each >= 0 for each in values):
        raise ValueError
    return values
