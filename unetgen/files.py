"""Writing files so that a folder holds either the old set or the new one, whatever interrupts.

New files are written and synced in a staging folder inside the target. One rename makes them final; only
then do they replace the old ones, each by a rename of its own. A process that is killed before the first
rename has changed nothing; of one killed after it, `recover` finishes the work.

Files of other names are never touched. One process at a time writes into a folder, the next one waits; a
file system without locks gives no such order, but there too a set is published whole or not at all.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from unetgen.errors import UnetgenError

STAGING = ".unetgen-staging-"
READY = ".unetgen-ready"
UNFINISHED = f"the new files are whole in {READY}, the next build or check moves them into place"


@contextlib.contextmanager
def publishing(folder: Path) -> Iterator[Path]:
    """A staging folder whose files replace those of `folder` at the end, all or none.

    `folder` and its parents are made where missing. Raises `UnetgenError` where the system refuses;
    `folder` is then as it was, and what was made is gone again.
    """
    if folder.exists() and not folder.is_dir():
        raise UnetgenError(f"{folder}: is a file, not a folder; nothing was changed")
    made = [place for place in (folder, *folder.parents) if not place.exists()]
    try:
        with _refusals(folder, "nothing was changed"):
            folder.mkdir(parents=True, exist_ok=True)
            with _alone(folder) as is_locked:
                _move_into_place(folder)
                _sweep(folder, is_locked)
                staging = _staging_in(folder)
                try:
                    yield staging
                    _commit(staging, folder)
                finally:
                    shutil.rmtree(staging, ignore_errors=True)
                with _refusals(folder, UNFINISHED):
                    _move_into_place(folder)
    finally:
        _remove_empty(made)


def publish(contents: Mapping[Path, bytes]) -> None:
    """Write all files or none, each whole."""
    with contextlib.ExitStack() as stack:
        # Sorted, so that two processes wait for each other's folders in one order.
        folders = sorted({file.parent.resolve() for file in contents})
        staging = {folder: stack.enter_context(publishing(folder)) for folder in folders}
        for file, content in contents.items():
            (staging[file.parent.resolve()] / file.name).write_bytes(content)


@contextlib.contextmanager
def publishing_folder(folder: Path) -> Iterator[Path]:
    """A staging folder that becomes `folder` at the end, with all that it holds, or is gone.

    `folder` may be there if it is empty; its parents are made where missing. Raises `UnetgenError` where the
    system refuses.
    """
    parent = folder.absolute().parent
    made = [place for place in (parent, *parent.parents) if not place.exists()]
    try:
        with _refusals(folder, "nothing was changed"):
            parent.mkdir(parents=True, exist_ok=True)
            with _alone(parent) as is_locked:
                _sweep(parent, is_locked)
                staging = _staging_in(parent)
                try:
                    yield staging
                    _become(staging, folder)
                finally:
                    shutil.rmtree(staging, ignore_errors=True)
    finally:
        _remove_empty(made)


def _become(staging: Path, folder: Path) -> None:
    for place in staging.rglob("*"):
        if place.is_file():
            with place.open("rb") as stream:
                os.fsync(stream.fileno())
    staging.chmod(0o777 & ~_umask())  # temporary folders are for their owner alone
    if folder.is_dir():
        folder.rmdir()
    staging.rename(folder)
    _sync(folder.absolute().parent)


@contextlib.contextmanager
def gone_if_left_empty(folder: Path, besides: Sequence[str] = ()) -> Iterator[None]:
    """Make `folder` with its parents; where what follows fails, remove those of them that hold nothing.

    Files of the names in `besides` do not count, and go too.
    """
    made = [place for place in (folder, *folder.parents) if not place.exists()]
    try:
        with _refusals(folder, "nothing was changed"):
            folder.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:
        if made and {entry.name for entry in _entries(folder)} <= set(besides):
            for name in besides:
                (folder / name).unlink(missing_ok=True)
            _remove_empty(made)
        raise


def _entries(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def _remove_empty(made: Iterable[Path]) -> None:
    """Remove folders, the innermost first, that hold nothing."""
    for place in made:
        with contextlib.suppress(OSError):  # it holds the new files
            place.rmdir()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def unwritable(files: Iterable[Path], suffixes: Sequence[str]) -> list[str]:
    """What is wrong with `files` that are to be written in the formats of these `suffixes`, in words."""
    problems = []
    for file in files:
        if file.suffix.lower() not in suffixes:
            given = f"suffix {file.suffix!r}" if file.suffix else "no suffix"
            problems.append(f"{file}: {given} says no format; use one of {' '.join(suffixes)}")
        elif not file.parent.is_dir():
            problems.append(f"{file}: there is no folder {file.parent}; make it first, or name another")
        elif file.is_dir():
            problems.append(f"{file}: is a folder, not a file; name another")
        elif not os.access(file.parent, os.W_OK):
            what = "cannot be written to; change its permissions or name another"
            problems.append(f"{file}: the folder {file.parent} {what}")
    return problems


def recover(folder: Path) -> None:
    """Finish a set of files that is whole but was not moved into place, if there is one."""
    if (folder / READY).is_dir():
        with _refusals(folder, UNFINISHED), _alone(folder):
            _move_into_place(folder)


def _commit(staging: Path, folder: Path) -> None:
    files = list(staging.iterdir())
    for file in files:
        if (folder / file.name).is_dir():
            raise UnetgenError(f"{folder / file.name}: is a folder, not a file; nothing was changed")
        with file.open("rb") as stream:
            os.fsync(stream.fileno())
    _sync(staging)
    staging.rename(folder / READY)
    _sync(folder)


def _move_into_place(folder: Path) -> None:
    ready = folder / READY
    if not ready.is_dir():
        return
    for file in sorted(ready.iterdir()):
        with contextlib.suppress(FileNotFoundError):  # another process has moved it: no locks here
            file.replace(folder / file.name)
    _sync(folder)
    ready.rmdir()


def _staging_in(folder: Path) -> Path:
    """A new staging folder, whose name says who writes there."""
    return Path(tempfile.mkdtemp(prefix=f"{STAGING}{_HOST}-{os.getpid()}-", dir=folder))


_HOST = re.sub(r"\W", "", os.uname().nodename, flags=re.ASCII)[:20] if os.name == "posix" else ""
_OWNER = re.compile(rf"{re.escape(STAGING)}(?P<host>\w*)-(?P<pid>\d{{1,9}})-", re.ASCII)


def _sweep(folder: Path, is_locked: bool) -> None:
    """Remove what killed processes left.

    Whoever writes here holds the lock, so with the lock all that is left is of processes that are gone. Where
    the file system has no locks, only that of a process of this machine which is gone surely is.
    """
    for left in folder.glob(f"{STAGING}*"):
        if is_locked or _is_of_a_dead_process(left.name):
            shutil.rmtree(left, ignore_errors=True)


def _is_of_a_dead_process(name: str) -> bool:
    owner = _OWNER.match(name)
    if owner is None or owner["host"] != _HOST or os.name != "posix":
        return False
    try:
        os.kill(int(owner["pid"]), 0)
    except ProcessLookupError:
        return True
    except OSError:  # it is there, and somebody else's
        return False
    return False


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Wait for other processes in `folder`, then keep them waiting; False where the system has no locks."""
    if os.name != "posix":
        yield False
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        yield _flock(handle, wait=True) is True
    finally:
        os.close(handle)


def lock(handle: int, wait: bool = True) -> bool:
    """Take the lock on an open file, and say whether that worked. Closing the file releases the lock.

    It dies with its process. Where the system or file system has no such locks, the answer is True.
    """
    return _flock(handle, wait) is not False


def _flock(handle: int, wait: bool) -> bool | None:
    """Whether the lock was taken; None where there are no locks."""
    if os.name != "posix":
        return None
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    except OSError:  # some network file systems have no such locks
        return None
    return True


def _sync(folder: Path) -> None:
    """Bring renames in `folder` to the disk, where the system can."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        with contextlib.suppress(OSError):
            os.fsync(handle)
        os.close(handle)


@contextlib.contextmanager
def _refusals(folder: Path, state: str) -> Iterator[None]:
    """What the system refuses, as a `UnetgenError` that says why and in what `state` the folder is."""
    try:
        yield
    except UnetgenError:
        raise
    except Exception as error:
        reason = _reason(error)
        if reason is None:
            raise
        raise UnetgenError(f"{folder}: cannot be written: {reason}; {state}") from None


WRITE_FAILURES = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
_HDF5_ERRNO = re.compile(r"\berrno = (\d+)")


def _reason(error: BaseException) -> str | None:
    """Why the system refused to write, or None for an error of another sort.

    h5py and zipfile raise errors of their own on top of the system's, or with its number in their text.
    """
    link: BaseException | None = error
    while link is not None:
        numbers = [link.errno] if isinstance(link, OSError) else []
        numbers += [int(number) for number in _HDF5_ERRNO.findall(str(link))]
        for number in numbers:
            if number in WRITE_FAILURES:
                return os.strerror(number)
        link = link.__cause__ or link.__context__
    if isinstance(error, OSError):
        return error.strerror or str(error).partition("\n")[0]
    return None
