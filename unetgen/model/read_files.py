"""The files that a build or a training read, against what its lock says of them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from unetgen.config.design import Design
from unetgen.config.loader import load
from unetgen.errors import UnetgenError
from unetgen.model.saving import CONFIG, sha256
from unetgen.parts.encoders.weights_file import WeightsFile

LISTED = 10
"""Changed files that are named one by one."""


def way_between(start: Path, end: Path) -> str | None:
    """The way from one folder to another where one lies in the other, with slashes; else None.

    So a lock tells nothing of a machine's other folders.
    """
    start, end = (Path(os.path.abspath(each)) for each in (start, end))  # noqa: PTH100  (no links)
    if start.is_relative_to(end) or end.is_relative_to(start):
        return Path(os.path.relpath(end, start)).as_posix()
    return None


def changed_files(
    lock: Mapping[str, object], place: Path, folder: Path | None = None
) -> tuple[list[str], list[str]]:
    """Problems and notes: which files that a run read are gone or have changed.

    `place` is the folder of the lock, `folder` that of the run file, where the lock does not know it.
    """
    run = lock.get("run")
    files = run.get("data") if isinstance(run, dict) else None
    if not isinstance(files, dict):
        return [], []
    if folder is None:
        volatile = lock.get("volatile")
        known = volatile.get("run_folder") if isinstance(volatile, dict) else None
        if not isinstance(known, str):
            note = f"the {len(files)} files that the run read were not compared: --data names its folder"
            return [], [note]
        folder = place / known
    problems = [
        problem
        for name, digest in sorted(files.items())
        if isinstance(name, str) and (problem := _problem(name, folder / name, digest))
    ]
    more = len(problems) - LISTED
    return problems[:LISTED] + ([f"and {more} more files that the run read"] if more > 0 else []), []


def _problem(name: str, file: Path, digest: object) -> str | None:
    try:
        if not file.is_file():
            return f"{name}: is missing; the run read it"
        return None if sha256(file) == digest else f"{name}: has changed since the run read it"
    except OSError as error:
        return f"{name}: cannot be read: {error.strerror}"


def with_weights(
    lock: Mapping[str, object], place: Path, design: Design
) -> tuple[Design, list[str], list[str]]:
    """The lock's `design` with its file of weights where that is and has not changed, else without it.

    Also the problems and the notes. The resolved config in `place`, the folder of the lock, knows where the
    file is.
    """
    chosen, said = design.config.encoder, lock.get("weights")
    if chosen is None or chosen.weights is None:
        return design, [], []
    digest = said.get(str(chosen.weights)) if isinstance(said, dict) else None
    name, found = str(chosen.weights), None
    try:
        resolved = load(place / CONFIG).encoder
        found = None if resolved is None else resolved.weights
    except UnetgenError:
        pass
    if found is None:
        unknown = f"{name}: the encoder's weights were not compared: {CONFIG}, which names them, is not here"
        return _weighted(design, None), [], [unknown]
    try:
        if not found.place.is_file():
            problem = f"{name}: is missing; the encoder's weights came from it"
        elif sha256(found.place) != digest:
            problem = f"{name}: has changed since the encoder's weights were read from it"
        else:
            return _weighted(design, found), [], []
    except OSError as error:
        problem = f"{name}: cannot be read: {error.strerror}"
    return _weighted(design, None), [problem], []


def _weighted(design: Design, weights: WeightsFile | None) -> Design:
    encoder = design.config.encoder
    if encoder is None:
        return design
    chosen = encoder.model_copy(update={"weights": weights})
    return replace(design, config=design.config.model_copy(update={"encoder": chosen}))
