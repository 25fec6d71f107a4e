"""What every family of image files can do."""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np

from unetgen.errors import UnetgenError
from unetgen.images.header import Header
from unetgen.images.image import Image, Values
from unetgen.reading import reason_of
from unetgen.shell import install

Saver = Callable[[Path], None]
"""Writes one image to the file that it is given."""


@dataclass(frozen=True)
class Wanted:
    """What a file does not say of how it is to be read."""

    as_labels: bool = False
    """Whether a palette gives its indices, not its colours."""
    dims: int | None = None
    """How many axes are spatial, where the file does not name them; None: the format's own rule."""


PLAIN = Wanted()


class ImageFormat(ABC):
    """A family of image files that one library reads and writes.

    Errors are `UnetgenError`; whatever else a library raises, `files.py` turns into one.
    """

    suffixes: tuple[str, ...]
    """In lower case, with the dot."""
    written: tuple[str, ...] = ()
    """Those of them that `saver` writes."""

    is_folder: bool = False
    """Whether an image is a folder of this suffix."""

    @abstractmethod
    def read(self, path: Path, wanted: Wanted = PLAIN) -> Image:
        """The image as it is wanted."""

    @abstractmethod
    def header(self, path: Path, wanted: Wanted = PLAIN) -> Header:
        """What `read` would give, without the values."""

    def saver(self, path: Path, image: Image, like: Image | None) -> Saver:
        """What writes the image; raises `UnetgenError`, naming `path`, where the format cannot hold it.

        `like` is an image whose file says more than the values: units, codes, a name.
        """
        raise UnetgenError(f"{path}: files of this format are read, not written")

    def own_file(self, like: Image | None) -> Path | None:
        """The file of `like`, where it is of this format."""
        if like is None or like.file is None or not like.file.name.lower().endswith(self.suffixes):
            return None
        return like.file


def without_halves(values: Values) -> Values:
    """Real numbers of 16 bits as 32, which every format has."""
    return values.astype(np.float32) if values.dtype == np.float16 else values


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """What a library raises while it writes, as a `UnetgenError`; what the system says goes on."""
    try:
        yield
    except (UnetgenError, OSError):
        raise
    except Exception as error:
        raise UnetgenError(
            f"{path}: cannot be written: {reason_of(error)}; nothing was changed; write .npz"
        ) from None


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """What a library raises at the content of `path`, as a `UnetgenError` that names it."""
    try:
        yield
    except UnetgenError:
        raise
    except Exception as error:
        raise UnetgenError(
            f"{path}: cannot be read: {reason_of(error)}; save it again with the program that wrote it"
        ) from None


def extra(path: Path, module: str, name: str) -> ModuleType:
    """An optional package; raises `UnetgenError` that says how it is installed where it is missing."""
    try:
        return importlib.import_module(module)
    except ImportError:
        raise UnetgenError(
            f"{path}: files of this format need {module}; install it with `{install(f'unetgen[{name}]')}`"
        ) from None
