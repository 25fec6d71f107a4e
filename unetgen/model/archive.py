"""A file that is said to hold a Keras model, looked at before Keras opens it.

Keras reads the members of an archive whole, and the arrays in its weights as large as they say they are. A
file of some megabytes can ask for gigabytes of both, or name arrays in other files.
"""

from __future__ import annotations

import io
import zipfile
from importlib import import_module
from pathlib import Path
from typing import IO, Any

from unetgen.archives import require_sound_archive
from unetgen.errors import UnetgenError
from unetgen.reading import reason_of, size_text
from unetgen.weights.hdf5 import require_sound

TEXTS = ("config.json", "metadata.json")
"""The members that Keras parses as JSON."""
MAX_TEXT_BYTES = 8 * 2**20
"""A network of a thousand layers has one MB."""
WEIGHTS = "model.weights.h5"
OTHER_WEIGHTS = "model.weights.npz"


def require_sound_model(file: Path) -> None:
    """Raise `UnetgenError` where `file` should not be opened as a Keras model; it may still not be one."""
    require_sound_archive(file)
    if not zipfile.is_zipfile(file):
        with file.open("rb") as stream:
            _require_sound_weights(stream, file.stat().st_size, file)
        return
    with zipfile.ZipFile(file) as archive:
        members = {entry.filename: entry for entry in archive.infolist()}
        for name in TEXTS:
            if name in members and members[name].file_size > MAX_TEXT_BYTES:
                raise UnetgenError(f"{file}: {name}: is larger than {size_text(MAX_TEXT_BYTES)}")
        if OTHER_WEIGHTS in members:
            raise UnetgenError(f"{file}: holds {OTHER_WEIGHTS}; only weights in {WEIGHTS} are read")
        if WEIGHTS not in members:
            return
        entry = members[WEIGHTS]
        with archive.open(entry) as stream:
            # Seeking in a deflated member begins anew each time; its size is bounded by now.
            is_stored = entry.compress_type == zipfile.ZIP_STORED
            whole = stream if is_stored else io.BytesIO(_read(stream, file))
            _require_sound_weights(whole, entry.file_size, file)


def _read(stream: IO[bytes], file: Path) -> bytes:
    try:
        return stream.read()
    except Exception as error:  # damaged data
        raise UnetgenError(f"{file}: is a damaged archive: {reason_of(error)}") from None


def _require_sound_weights(stream: IO[bytes], size: int, file: Path) -> None:
    """The arrays of an HDF5 file are in it, and take little more memory than the file has bytes."""
    h5py: Any = import_module("h5py")
    try:
        with h5py.File(stream, "r") as weights:
            require_sound(weights, size, str(file))
    except UnetgenError:
        raise
    except Exception:  # not HDF5, or damaged: Keras says so in its words
        return
