"""Files of PyTorch's, written without it: archives as `torch.save` lays them out, and files of before 1.6."""

from __future__ import annotations

import io
import json
import pickle
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
KINDS = {
    "float32": "FloatStorage",
    "float64": "DoubleStorage",
    "int64": "LongStorage",
    "float16": "HalfStorage",
}


class _Global:
    """Pickled as what stands in a module of that name, which need not be there."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name

    def __call__(self) -> None:
        """Pickle calls only what can be called."""


class _Tensor:
    def __init__(self, key: str, array: Array) -> None:
        self.key, self.array = key, array

    def __reduce__(self) -> Any:
        array = self.array
        steps = tuple(int(np.prod(array.shape[axis + 1 :])) for axis in range(array.ndim))
        rebuild = _Global("torch._utils", "_rebuild_tensor_v2")
        return rebuild, (_Stored(self.key, array), 0, array.shape, steps, False, OrderedDict())


class _Stored:
    def __init__(self, key: str, array: Array) -> None:
        self.key, self.array = key, array


class _Pickler(pickle._Pickler):  # the one in Python: only it lets a global be written by name
    dispatch: ClassVar[dict[Any, Any]] = dict(pickle._Pickler.dispatch)

    def save_named(self, named: _Global) -> None:
        vars(self)["write"](f"c{named.module}\n{named.name}\n".encode())

    dispatch[_Global] = save_named

    def persistent_id(self, value: Any) -> Any:
        if not isinstance(value, _Stored):
            return None
        kind = _Global("torch", KINDS[value.array.dtype.name])
        return ("storage", kind, value.key, "cpu", value.array.size)


def _pickled(value: Any) -> bytes:
    stream = io.BytesIO()
    _Pickler(stream, 2).dump(value)
    return stream.getvalue()


def _held(tensors: Mapping[str, Array]) -> OrderedDict[str, _Tensor]:
    return OrderedDict((name, _Tensor(str(n), array)) for n, (name, array) in enumerate(tensors.items()))


def archive(tensors: Mapping[str, Array], file: Path, **beside: Any) -> Path:
    """The file that ``torch.save`` writes; with `beside`, the tensors are under ``state_dict``."""
    held: Any = _held(tensors)
    with zipfile.ZipFile(file, "w") as writing:
        writing.writestr("model/data.pkl", _pickled({"state_dict": held, **beside} if beside else held))
        for number, array in enumerate(tensors.values()):
            writing.writestr(f"model/data/{number}", array.tobytes())
    return file


def former(tensors: Mapping[str, Array], file: Path) -> Path:
    """The file that ``torch.save`` wrote before version 1.6."""
    parts = [
        0x1950A86A20F9469CFC6C,
        1001,
        {"little_endian": True},
        _held(tensors),
        [*map(str, range(len(tensors)))],
    ]
    storages = (struct.pack("<q", array.size) + array.tobytes() for array in tensors.values())
    file.write_bytes(b"".join([*map(_pickled, parts), *storages]))
    return file


def safetensors(tensors: Mapping[str, Array], file: Path) -> Path:
    """The file that safetensors writes."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    begin = 0
    for name, array in tensors.items():
        end = begin + array.nbytes
        kind = {"float32": "F32", "float64": "F64", "int64": "I64"}[array.dtype.name]
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [begin, end]}
        begin = end
    text = json.dumps(header).encode()
    content = [len(text).to_bytes(8, "little"), text, *(array.tobytes() for array in tensors.values())]
    file.write_bytes(b"".join(content))
    return file
