"""Reading a lock: the file is one that a build wrote, or the error says what it is and what to name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unetgen.config.model import digest_of
from unetgen.config.renamed import with_new_names
from unetgen.errors import UnetgenError, shown
from unetgen.model.lock import SCHEMA_VERSION, checksum_of
from unetgen.model.saving import CONFIG, LOCK
from unetgen.reading import read_json, require_regular
from unetgen.shell import command_line

Fields = Mapping[str, Any]
CHECKED_SINCE = 2
"""The schema version from which on a lock has a checksum."""


@dataclass(frozen=True)
class LockFile:
    """A lock as it was read."""

    said: Fields
    """Its config in today's names."""
    edits: tuple[str, ...]
    """What shows that it is no longer as it was written, one line each."""


def read_lock(file: Path) -> LockFile:
    """The lock in `file`.

    Raises `UnetgenError` where `file` is not a lock that this version can read.
    """
    if (file / LOCK).is_file():
        raise UnetgenError(f"{file}: is a folder, not a lock; {_meant(file)}")
    if file.suffix in (".yaml", ".yml"):
        require_regular(file)
        raise UnetgenError(f"{file}: is a config, not a lock; {_meant(file)}")
    try:
        lock = read_json(file)
    except UnetgenError as error:
        is_other = (file.parent / LOCK).is_file() and file.name != LOCK
        raise UnetgenError(f"{error}; {_meant(file)}" if is_other else str(error)) from None
    version = lock.get("schema_version") if isinstance(lock, dict) else None
    if type(version) is int and version > SCHEMA_VERSION:
        raise UnetgenError(
            f"{file}: is a lock of a newer unetgen, with schema version {version}; this one reads up to "
            f"{SCHEMA_VERSION}"
        )
    if type(version) is not int or version < 1 or not _is_lock(lock):
        raise UnetgenError(f"{file}: is not a lock; {_meant(file)}")
    lock = {"overrides": [], **lock}
    return LockFile({**lock, "config": with_new_names(lock["config"])}, tuple(_edits(lock)))


def _meant(file: Path) -> str:
    """What to name in place of `file`."""
    beside = (file if file.is_dir() else file.parent) / LOCK
    if file.name != LOCK and beside.is_file():
        return f"name {beside}"
    if file.suffix in (".yaml", ".yml"):
        made = f"`{command_line('unetgen', 'build', file, '--out', 'DIR')}` makes one"
        return (
            f"name the {LOCK} of its build ({made}), and give the config as {command_line('--against', file)}"
        )
    return f"name the {LOCK} that `unetgen build` wrote"


def _is_lock(lock: Fields) -> bool:
    files, overrides = lock.get("files"), lock.get("overrides", [])
    return (
        isinstance(lock.get("config"), dict)
        and isinstance(files, dict)
        and all(name == Path(name).name for name in files)
        and isinstance(overrides, list)
        and all(isinstance(each, str) for each in overrides)
        and all(key in lock for key in ("fingerprint", "digest", "params"))
    )


def _edits(lock: Fields) -> Iterator[str]:
    digest = digest_of(lock["config"])
    if digest != lock["digest"]:
        then = shown(lock["digest"], 80)
        yield f"digest: the lock has {then}, but its config comes to {digest}: the lock was edited"
    elif lock["schema_version"] < CHECKED_SINCE:
        if CONFIG not in lock["files"]:
            yield f"files: {CONFIG} is not among them, as in every build: the lock was edited"
    elif lock.get("checksum") != checksum_of(lock):
        yield f"checksum: is not that of what the lock says: {_PARTS} were edited"


_PARTS = "counts, overrides, files or other parts of the lock"
