"""Prepared images: arrays in files, mapped from there, made once for all runs that share a folder.

Runs share what they prepare alike: the same contents of the same cases, under the same fitted preprocessing.
A folder of arrays appears whole or not at all; who needs it while another process fills it waits. It may be
taken away at any time: what is mapped stays, and who finds nothing there prepares anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from unetgen.data.case import Case, Reader, remembering
from unetgen.data.preprocessing import Preprocessing
from unetgen.errors import UnetgenError
from unetgen.files import publishing_folder
from unetgen.images.files import read_image, read_labels

Arrays = tuple[np.ndarray, np.ndarray]
"""An image ``(*spatial, channels)`` and its labels ``(*spatial)``."""
KEPT = 3
"""Folders of arrays that one shared folder holds; those that were used last stay."""
_WHOLE = "arrays"


@dataclass(frozen=True)
class Readers:
    """What reads images and masks. The last file stays at hand: the slices of a volume may be cases."""

    image: Reader
    labels: Reader

    @classmethod
    def of_dims(cls, dims: int | None) -> Readers:
        """For files of images of so many axes, where formats leave that open."""
        return cls(remembering(partial(read_image, dims=dims)), remembering(partial(read_labels, dims=dims)))


def prepare(cases: Sequence[Case], read: Readers, preprocessing: Preprocessing, folder: Path) -> None:
    """Write the arrays of all `cases` into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for case in cases:
        prepared = preprocessing.prepare(case.image(read.image))
        labels = preprocessing.prepare_labels(case.labels(read.labels), prepared.record)
        for file, values in zip(_files(case, folder), (prepared.values, labels), strict=True):
            np.save(file, values)


def mapped(cases: Iterable[Case], folder: Path) -> dict[str, Arrays]:
    """The arrays of `cases` by their names; raises `FileNotFoundError` where they are not in `folder`."""
    return {case.name: _mapped(*_files(case, folder)) for case in cases}


def shared_place(root: Path, cases: Sequence[Case], preprocessing: Preprocessing, digest: str) -> Path:
    """Where in `root` the arrays of `cases` are; `digest` is that of their files' contents."""
    said = sorted(
        (each.name, [str(file) for file in each.images], str(each.mask), each.slice) for each in cases
    )
    key = hashlib.sha256(json.dumps([preprocessing.to_json(), cases[0].dims, said, digest]).encode("utf-8"))
    return root / key.hexdigest()[:32] / _WHOLE


def fill_once(place: Path, fill: Callable[[Path], None]) -> None:
    """Have `fill` write the arrays that belong at `place`, unless they are there, or come while we wait."""
    if not place.is_dir():
        try:
            with publishing_folder(place) as staging:
                if not place.is_dir():
                    fill(staging)
        except UnetgenError:  # an empty folder does not take the place of one that is filled
            if not place.is_dir():
                raise
    os.utime(place.parent)
    used = sorted(place.parent.parent.iterdir(), key=lambda each: each.stat().st_mtime, reverse=True)
    for old in used[KEPT:]:
        shutil.rmtree(old, ignore_errors=True)


def _files(case: Case, folder: Path) -> tuple[Path, Path]:
    name = hashlib.sha256(case.name.encode("utf-8", "surrogateescape")).hexdigest()[:32]
    return folder / f"{name}-image.npy", folder / f"{name}-labels.npy"


def _mapped(*files: Path) -> Arrays:
    image, labels = (np.load(file, mmap_mode="r", allow_pickle=False) for file in files)
    return image, labels
