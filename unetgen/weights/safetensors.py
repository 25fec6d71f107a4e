"""Files in the format safetensors: a header in JSON, and behind it the numbers.

The format is described at https://huggingface.co/docs/safetensors.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from unetgen.errors import UnetgenError, shown
from unetgen.reading import require_regular
from unetgen.weights.transplant import Array

LARGEST_HEADER = 100 * 2**20
TYPES: Mapping[str, str] = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "I32": "<i4", "I16": "<i2",
    "I8": "i1", "U8": "u1", "BOOL": "?",
}  # fmt: skip


def read_safetensors(file: Path) -> dict[str, Array]:
    """The tensors in `file` by their names, as float32 or float64.

    Raises `UnetgenError` where it is damaged, or claims more than it has.
    """
    require_regular(file)
    content = file.read_bytes()
    length = int.from_bytes(content[:8], "little")
    if length > min(LARGEST_HEADER, len(content) - 8):
        raise UnetgenError(f"{file}: is not a file of safetensors: its header is longer than the file")
    try:
        header = json.loads(content[8 : 8 + length])
        named = {name: said for name, said in header.items() if name != "__metadata__"}
    except (ValueError, AttributeError, RecursionError):
        raise UnetgenError(f"{file}: is not a file of safetensors: its header is not JSON") from None
    numbers = memoryview(content)[8 + length :]
    arrays = {}
    for name, said in named.items():
        try:
            arrays[name] = _array(said, numbers)
        except (TypeError, ValueError, KeyError, AttributeError):
            raise UnetgenError(f"{file}: {shown(name)} is damaged") from None
    return arrays


def _array(said: Mapping[str, object], numbers: memoryview) -> Array:
    kind, shape, place = said["dtype"], said["shape"], said["data_offsets"]
    if not isinstance(shape, list) or not isinstance(place, list):
        raise TypeError
    begin, end = place
    if not all(type(each) is int and each >= 0 for each in (*shape, begin, end)) or end > len(numbers):
        raise ValueError
    flat = np.frombuffer(numbers[begin:end], np.dtype(TYPES[str(kind)]))
    if len(flat) != math.prod(shape):
        raise ValueError
    if kind == "BF16":
        return (flat.astype(np.uint32) << 16).view(np.float32).reshape(shape)
    return flat.astype(np.float64 if flat.dtype == np.float64 else np.float32).reshape(shape)
