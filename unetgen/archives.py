"""A zip archive of others: sound before anybody opens it, its members read with a limit.

Nothing is decompressed to find out. Every refusal is a `UnetgenError` that names the file and the member.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from unetgen.errors import UnetgenError
from unetgen.reading import reason_of, require_regular, size_text

MAX_MEMBERS = 100_000
MAX_EXPANSION = 64 * 2**20
"""Bytes that the members may have more than the archive itself: those who write models compress nothing."""
_ENCRYPTED = 0x1 | 0x40
_COMPRESSIONS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}


def require_sound_archive(file: Path) -> None:
    """Raise `UnetgenError` where `file` is a zip archive that a reader should not open.

    Its members are stored or deflated, have each name once, and hold together at most `MAX_EXPANSION` bytes
    more than the file. A file that is not an archive passes: another reader takes it.
    """
    require_regular(file)
    if not zipfile.is_zipfile(file):
        return
    with _as_error(file), zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
        if len(entries) > MAX_MEMBERS:
            raise UnetgenError(f"{file}: has {len(entries):,} members, more than any model has")
        names = set()
        for entry in entries:
            _require_sound(entry, file)
            if entry.filename in names:
                raise UnetgenError(f"{file}: holds {entry.filename!r} twice; which one counts is not clear")
            names.add(entry.filename)
        claimed = sum(entry.file_size for entry in entries)
    allowed = file.stat().st_size + MAX_EXPANSION
    if claimed > allowed:
        size = size_text(file.stat().st_size)
        raise UnetgenError(
            f"{file}: claims to hold {size_text(claimed)} in {size}; it is not read, because "
            "that could fill the memory"
        )


def read_member(file: Path, name: str, limit: int) -> bytes | None:
    """A member of a zip archive, of at most `limit` bytes; None where there is none, or no archive.

    Raises `UnetgenError` where the member is there twice, larger, encrypted, damaged, or compressed in an
    unusual way.
    """
    require_regular(file)
    if not zipfile.is_zipfile(file):
        return None
    with _as_error(file), zipfile.ZipFile(file) as archive:
        entries = [entry for entry in archive.infolist() if entry.filename == name]
        if not entries:
            return None
        if len(entries) > 1:
            raise UnetgenError(f"{file}: holds {name!r} twice; which one counts is not clear")
        _require_sound(entries[0], file)
        with archive.open(entries[0]) as stream:  # what it claims to hold may be a lie
            content = stream.read(limit + 1)
        if len(content) > limit or entries[0].file_size > limit:
            raise UnetgenError(f"{file}: {name}: is larger than {size_text(limit)}")
        return content


def _require_sound(entry: zipfile.ZipInfo, file: Path) -> None:
    if entry.flag_bits & _ENCRYPTED:
        raise UnetgenError(f"{file}: {entry.filename!r} is encrypted; write the file without a password")
    if entry.compress_type not in _COMPRESSIONS:
        raise UnetgenError(
            f"{file}: {entry.filename!r} is compressed in an unusual way (method {entry.compress_type}); "
            "write the file with deflate, or uncompressed"
        )


@contextmanager
def _as_error(file: Path) -> Iterator[None]:
    """What zipfile raises at a damaged archive, as a `UnetgenError` that names `file`."""
    try:
        yield
    except UnetgenError:
        raise
    except Exception as error:
        raise UnetgenError(f"{file}: is a damaged archive: {reason_of(error)}") from None
