"""The files that a training read, against what its lock says of them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from unetgen.model.saving import sha256

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
