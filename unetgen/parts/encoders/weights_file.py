"""The file of an encoder's weights, as a config names it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Self

from pydantic import WithJsonSchema
from pydantic_core import CoreSchema, core_schema

from unetgen.errors import Wrong

OF_PYTORCH = (".pt", ".pth", ".bin", ".safetensors")
OF_KERAS = (".h5", ".keras")


class WeightsFile(str):
    """A file's name as it is written; `folder` is what it is relative to, by default the current folder."""

    folder: Path

    def __new__(cls, text: str, folder: Path | None = None) -> Self:
        made = super().__new__(cls, text)
        made.folder = Path() if folder is None else folder
        return made

    @property
    def place(self) -> Path:
        """Where the file is."""
        return self.folder / str(self)

    @property
    def is_of_keras(self) -> bool:
        """Whether Keras wrote it, by its ending."""
        return self.lower().endswith(OF_KERAS)

    @property
    def absolute(self) -> WeightsFile:
        """The same file by its absolute name."""
        return WeightsFile(self.place.absolute().as_posix(), self.folder)

    def seen_from(self, folder: Path) -> WeightsFile:
        """The same file as a config in `folder` has to name it; an absolute name stays."""
        if Path(self).is_absolute():
            return self
        try:
            way = Path(os.path.relpath(self.place, folder)).as_posix()
        except ValueError:  # on another drive
            way = self.place.absolute().as_posix()
        return WeightsFile(way, folder)


def _checked(value: object) -> WeightsFile:
    if not isinstance(value, str):
        raise Wrong.of("must be the name of a file", got=value)
    if not value or not value.isprintable() or len(value) > 1000:
        raise Wrong.of("must be the name of a file, of at most 1000 printable characters", got=value)
    if not value.lower().endswith((*OF_PYTORCH, *OF_KERAS)):
        hint = f"those of PyTorch end with {', '.join(OF_PYTORCH)}, those of Keras with {', '.join(OF_KERAS)}"
        raise Wrong.of("is not the name of a file of weights", got=value, hint=hint)
    return value if isinstance(value, WeightsFile) else WeightsFile(value)


class _NameOfWeights:
    """Pydantic annotation of `WeightsField`: a plain string in files."""

    def __get_pydantic_core_schema__(self, source: object, handler: object) -> CoreSchema:
        text = core_schema.plain_serializer_function_ser_schema(str.__str__)
        return core_schema.no_info_plain_validator_function(_checked, serialization=text)


WeightsField = Annotated[WeightsFile, _NameOfWeights(), WithJsonSchema({"type": "string"})]
