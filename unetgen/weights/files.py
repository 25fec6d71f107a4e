"""A file of weights by its ending: tensors of PyTorch's by their names, or layers of Keras's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from unetgen.errors import UnetgenError
from unetgen.parts.encoders.weights_file import OF_KERAS
from unetgen.weights.keras_file import FileLayer, read_keras
from unetgen.weights.safetensors import read_safetensors
from unetgen.weights.state_dict import read_state_dict
from unetgen.weights.transplant import Array, Tensors

Held = Tensors | list[FileLayer]
"""What a file has: tensors of PyTorch's by their names, or layers of Keras's."""


def read_weights(file: Path) -> Held:
    """What `file` holds; raises `UnetgenError` where it is damaged or not sound."""
    read: Callable[[Path], Held] = read_keras if is_of_keras(file) else _read_tensors
    try:
        return read(file)
    except OSError as error:
        raise UnetgenError(f"{file}: cannot be read: {error.strerror}") from None


def read_tensors(file: Path) -> Tensors:
    """The tensors in a file of PyTorch's; raises `UnetgenError` where it is one of Keras's, too."""
    held = read_weights(file)
    if isinstance(held, list):
        raise UnetgenError(f"{file}: is a file of Keras's; a state dict of PyTorch's is needed")
    return held


def is_of_keras(file: Path) -> bool:
    """Whether Keras wrote it, by its ending."""
    return file.name.lower().endswith(OF_KERAS)


def _read_tensors(file: Path) -> dict[str, Array]:
    return read_safetensors(file) if file.suffix.lower() == ".safetensors" else read_state_dict(file)
