"""The pictures of ``make demo``, and what unetgen makes of them as arrays: patches, and images prepared."""

from __future__ import annotations

import runpy
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.loops.case import Case

DEMO = Path(__file__).parents[2] / "docs/demo_images.py"
RUN = "run.yaml"


class Patches(NamedTuple):
    """What all loops learn from, in order: ``(patches, *size, channels)`` and ``(patches, *size)``."""

    values: np.ndarray
    labels: np.ndarray


class Whole(NamedTuple):
    """An image that is validated on: ``(*spatial, channels)`` and ``(*spatial)``."""

    values: np.ndarray
    labels: np.ndarray


def write_pictures(case: Case, folder: Path) -> None:
    """The data set and its run file. Raises `ModuleNotFoundError` where what ships it is not installed."""
    try:
        runpy.run_path(str(DEMO))[case.folder](folder)
    except SystemExit as error:
        raise ModuleNotFoundError(str(error)) from None
    names = sorted(file.name.partition(".")[0] for file in (folder / "images").iterdir())
    (folder / RUN).write_text(case.run_file(names))


def write_arrays(case: Case, folder: Path, seed: int) -> None:
    """The patches that a run of this seed trains on, and its validation images as the network takes them."""
    from unetgen.runs.loader import load_run
    from unetgen.training.data_set import data_set

    data = data_set(load_run(folder / RUN, case.overrides(seed)), folder / "prepared")
    drawn = [data.sampler.patch(number, seed) for number in range(case.patches)]
    np.savez(
        folder / f"patches{seed}.npz",
        values=np.stack([patch.values for patch in drawn]),
        labels=np.stack([patch.labels for patch in drawn]).astype("uint8"),
    )
    for number, image in enumerate(data.validation):
        labels = np.asarray(image.labels).astype("uint8")
        np.savez(folder / f"validation{number}.npz", values=image.values, labels=labels)


def patches(folder: Path, seed: int) -> Patches:
    """Those that `write_arrays` has written."""
    with np.load(folder / f"patches{seed}.npz") as arrays:
        return Patches(arrays["values"], arrays["labels"])


def validation(folder: Path) -> Sequence[Whole]:
    """Likewise."""
    found = []
    for file in sorted(folder.glob("validation*.npz")):
        with np.load(file) as arrays:
            found.append(Whole(arrays["values"], arrays["labels"]))
    return found
