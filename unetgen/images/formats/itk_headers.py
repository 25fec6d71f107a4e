"""The text at the head of NRRD, MHA and MHD: where the values lie, and whether they are whole."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path

from unetgen.errors import UnetgenError, shown
from unetgen.images.limits import DEFLATED

MAX_TEXT = 2**16
"""Bytes of header that are looked at."""
BZIP2 = 10**5
ENCODINGS = {
    "raw": 1, "ascii": 1, "text": 1, "txt": 1, "hex": 1, "gzip": DEFLATED, "gz": DEFLATED,
    "bzip2": BZIP2, "bz2": BZIP2,
}  # fmt: skip
"""Of NRRD, and how many bytes of values one byte can become."""
ANY_WRAPPER = zlib.MAX_WBITS | 32
"""zlib's code for zlib or gzip, whichever it is."""
PIECE = 2**20


@dataclass(frozen=True)
class Holder:
    """Where the values of an image lie."""

    file: Path
    expansion: int
    """How many bytes of values one byte can become."""
    packed_from: int | None = None
    """Where the values begin that ITK unpacks without looking at their checksum."""

    @property
    def held(self) -> int:
        """Bytes of the file."""
        return self.file.stat().st_size


def holder_of(path: Path) -> Holder:
    """Where the header says that the values lie; raises `UnetgenError` for a place that is not beside it."""
    with path.open("rb") as stream:
        text = stream.read(MAX_TEXT)
    return _nrrd(path, text) if path.suffix.lower() == ".nrrd" else _meta(path, text)


def require_whole(holder: Holder, claimed: int, path: Path) -> None:
    """Raise `UnetgenError` where packed values are damaged: not `claimed` bytes, or of another checksum."""
    if holder.packed_from is None:
        return
    unpacking, total = zlib.decompressobj(ANY_WRAPPER), 0
    try:
        with holder.file.open("rb") as stream:
            stream.seek(holder.packed_from)
            while total <= claimed and not unpacking.eof and (piece := stream.read(PIECE)):
                while piece and total <= claimed and not unpacking.eof:
                    total += len(unpacking.decompress(piece, PIECE))
                    piece = unpacking.unconsumed_tail
            total += len(unpacking.flush()) if total <= claimed else 0
    except zlib.error as error:
        raise UnetgenError(f"{path}: its values are damaged: {error}; take another copy") from None
    if total != claimed or not unpacking.eof:
        raise UnetgenError(f"{path}: its values are damaged or cut short; take another copy")


def _nrrd(path: Path, text: bytes) -> Holder:
    if not text.startswith(b"NRRD"):
        raise UnetgenError(f"{path}: is not NRRD; is its name right?")
    head = text.replace(b"\r\n", b"\n").partition(b"\n\n")[0].decode("latin-1")
    fields = {
        name.strip().lower().replace(" ", ""): value.strip().lower()
        for name, colon, value in (line.partition(":") for line in head.splitlines())
        if colon and not name.startswith("#")
    }
    if "datafile" in fields:
        raise UnetgenError(f"{path}: its values lie in another file; save it as one file")
    encoding = fields.get("encoding", "raw")
    if encoding not in ENCODINGS:
        raise UnetgenError(f"{path}: its values are encoded as {shown(encoding)}; save them raw or as gzip")
    return Holder(path, ENCODINGS[encoding])


def _meta(path: Path, text: bytes) -> Holder:
    fields, end = {}, 0
    for line in text.splitlines(keepends=True):
        end += len(line)
        name, equals, value = line.decode("latin-1").partition("=")
        if not equals:
            break
        fields[name.strip()] = value.strip()
        if name.strip() == "ElementDataFile":
            break
    if "ElementDataFile" not in fields:
        raise UnetgenError(f"{path}: is not MHA or MHD: it does not say where its values lie")
    file = _beside(path, fields["ElementDataFile"])
    if not fields.get("CompressedData", "False").lower().startswith(("t", "1")):
        return Holder(file, 1)
    return Holder(file, DEFLATED, end if file == path else 0)


def _beside(path: Path, named: str) -> Path:
    if named.upper() == "LOCAL":
        return path
    if named.upper().startswith("LIST") or "%" in named or not named:
        raise UnetgenError(f"{path}: its values lie in several files; save it as one .mha")
    if Path(named).name != named or "\\" in named or not named.isprintable():
        raise UnetgenError(f"{path}: its values lie in {shown(named)}; only a file beside it is read")
    if not (path.parent / named).is_file():
        raise UnetgenError(f"{path}: its values lie in {shown(named)}, which is not there; bring both")
    return path.parent / named
