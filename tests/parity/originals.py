"""Reads and writes the fixtures of tests/parity/fixtures; needs no PyTorch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.parity import drawn

FOLDER = Path(__file__).parent / "fixtures"
NAMES = sorted(file.stem for file in FOLDER.glob("*.npz"))
_NOT_IMPORTED = ("monai_basic_unet_plus_plus", "monai_segresnet_ds", "monai_mednext")
MONAI_NAMES = [name for name in NAMES if name.startswith("monai") and not name.startswith(_NOT_IMPORTED)]
"""Those whose checkpoints `unetgen import weights` knows."""
Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Original:
    """What an original holds and computes, channels first, without the batch axis."""

    name: str
    tensors: dict[str, Array]
    x: Array
    outputs: list[Array]

    @property
    def config(self) -> Path:
        return FOLDER / f"{self.name}.yaml"


def read(name: str) -> Original:
    """The fixture of this name."""
    with np.load(FOLDER / f"{name}.npz") as arrays:
        shapes = json.loads(arrays["shapes"].tobytes())
        flat = arrays["tensors"].astype(np.float32) if "tensors" in arrays.files else None
        outputs = [arrays[key] for key in sorted(arrays.files) if key.startswith("output")]
        x = arrays["input"].astype(np.float32)
    if flat is None:
        return Original(name, drawn.tensors(shapes), x, outputs)
    tensors, start = {}, 0
    for key, shape in shapes.items():
        size = int(np.prod(shape))
        tensors[key] = flat[start : start + size].reshape(shape)
        start += size
    assert start == flat.size
    return Original(name, tensors, x, outputs)


def write_drawn(name: str, shapes: Mapping[str, tuple[int, ...]], x: Array, outputs: list[Array]) -> None:
    """The fixture of an original whose tensors are drawn by their names, see `drawn`."""
    arrays: dict[str, Any] = {"shapes": np.frombuffer(json.dumps(shapes).encode(), np.uint8), "input": x}
    arrays |= {f"output{index}": output for index, output in enumerate(outputs)}
    np.savez_compressed(FOLDER / f"{name}.npz", **arrays)


def write(name: str, tensors: dict[str, Array], x: Array, outputs: list[Array]) -> None:
    """The fixture of this name: an original's float16 tensors and input, and its float32 outputs.

    All tensors lie in one array, their names and shapes beside it as JSON: an archive of a hundred small
    arrays would be mostly headers.
    """
    shapes = {key: list(value.shape) for key, value in tensors.items()}
    arrays: dict[str, Any] = {
        "shapes": np.frombuffer(json.dumps(shapes).encode(), np.uint8),
        "tensors": np.concatenate([value.ravel() for value in tensors.values()]),
        "input": x,
    }
    arrays |= {f"output{index}": output for index, output in enumerate(outputs)}
    assert arrays["tensors"].dtype == x.dtype == np.float16
    file = FOLDER / f"{name}.npz"
    np.savez_compressed(file, **arrays)
    print(f"{file.name}: {file.stat().st_size / 1024:.1f} KiB")
