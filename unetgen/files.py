"""Writing files so that a folder holds either the old set or the new one, whatever interrupts.

New files are written and synced in a folder of their own inside the target. One rename makes them
final; only then do they replace the old ones. A process that is killed before that rename has changed
nothing; of one killed after it, `recover` finishes the work.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from unetgen.errors import UnetgenError

STAGING = ".unetgen-staging-"
READY = ".unetgen-ready"
STALE_SECONDS = 3600.0
"""A staging folder this old was left by a process that was killed."""


@contextlib.contextmanager
def publishing(folder: Path) -> Iterator[Path]:
    """A staging folder whose files replace those of `folder` at the end, all or none.

    Raises `UnetgenError` where the system refuses; `folder` is then as it was.
    """
    made = not folder.exists()
    staging: Path | None = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        recover(folder)
        _sweep(folder)
        staging = Path(tempfile.mkdtemp(prefix=STAGING, dir=folder))
        yield staging
        for file in staging.iterdir():
            _sync(file)
        staging.rename(folder / READY)
        recover(folder)
    except OSError as error:
        reason = error.strerror or str(error).splitlines()[0]
        raise UnetgenError(f"{folder}: cannot be written: {reason}; nothing was changed") from error
    finally:
        if staging is not None and staging.exists():
            shutil.rmtree(staging, ignore_errors=True)
        if made and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def recover(folder: Path) -> None:
    """Finish a set of files that is complete but was not moved into place, if there is one."""
    ready = folder / READY
    if not ready.is_dir():
        return
    for file in sorted(ready.iterdir()):
        os.replace(file, folder / file.name)  # noqa: PTH105
    ready.rmdir()
    if os.name == "posix":
        _sync(folder)


def _sweep(folder: Path) -> None:
    for left in folder.glob(f"{STAGING}*"):
        if time.time() - left.stat().st_mtime > STALE_SECONDS:
            shutil.rmtree(left, ignore_errors=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
