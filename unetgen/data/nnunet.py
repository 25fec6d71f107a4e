"""nnU-Net's raw folders: `imagesTr`, `labelsTr` and the dataset.json beside them.

Facts: documentation/dataset_format.md of nnU-Net v2. Labels stand as name and value; `ignore` is the label
that is not learned from. Version 1 has value and name instead, and `modality` for `channel_names`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from unetgen.errors import Problem, UnetgenError, shown
from unetgen.reading import read_json

FILE = "dataset.json"
IMAGES, LABELS = "imagesTr", "labelsTr"
TEST_IMAGES = "imagesTs"


@dataclass(frozen=True)
class NnunetFolder:
    """What a dataset.json says."""

    channels: tuple[str, ...]
    """Their names, by number."""
    labels: Mapping[int, str]
    """The class of each value, the background first."""
    ignore: int | None = None


def dataset_beside(folder: Path) -> Path | None:
    """The dataset.json that speaks of a folder of images, if there is one."""
    file = folder.parent / FILE
    return file if folder.name in (IMAGES, TEST_IMAGES) and file.is_file() else None


def read_dataset(file: Path) -> NnunetFolder:
    """What the file says; raises `UnetgenError` where it says no labels, or such as overlap."""
    data = read_json(file)
    if not isinstance(data, dict):
        _refuse(file, "must be an object", got=data)
    names = data.get("channel_names", data.get("modality"))
    if not isinstance(names, dict) or not names or set(names) != {str(i) for i in range(len(names))}:
        _refuse(file, "channel_names: must name channels 0, 1 and so on", got=names)
    given = data.get("labels")
    if not isinstance(given, dict) or not given:
        _refuse(file, "labels: must be a mapping of names and values", got=given)
    if all(key.isdigit() and isinstance(value, str) for key, value in given.items()):
        given = {name: int(value) for value, name in given.items()}
    values: dict[str, int] = {}
    for name, value in given.items():
        if isinstance(value, list):
            hint = "masks of classes that overlap are not read; give each position one class"
            _refuse(file, f"labels.{name}: is a region of several labels", got=value, hint=hint)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            _refuse(file, f"labels.{name}: must be a whole number that is not negative", got=value)
        values[name] = value
    ignore = values.pop("ignore", None)
    ordered = dict(sorted((value, name) for name, value in values.items()))
    if len(ordered) < len(values):
        _refuse(file, "labels: two names have one value", got=given)
    return NnunetFolder(tuple(str(names[str(i)]) for i in range(len(names))), ordered, ignore)


def _refuse(file: Path, message: str, got: object, hint: str | None = None) -> NoReturn:
    raise UnetgenError(f"{file}: {message} (got {shown(got)}){f'; {hint}' if hint else ''}")


def problem_of(file: Path, error: UnetgenError) -> Problem:
    """What is wrong with a file, as a problem at its place."""
    return Problem(str(error).removeprefix(f"{file}: "), where=str(file))
