"""Reading what others may have written: a regular file of a bounded size, and bounded JSON.

Nothing here waits for a device or a pipe, and nothing takes more memory than its limit says. Every refusal is
a `UnetgenError` that names the file and what is wrong with it.
"""

from __future__ import annotations

import json
import math
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from unetgen.errors import Problem, UnetgenError, shown

MAX_JSON_BYTES = 8 * 2**20
"""In Python's lists and dicts text takes twenty times the memory at worst."""
MAX_NESTING = 64
"""Lists and objects within each other; what programs write has a dozen."""


def require_regular(file: Path) -> None:
    """Raise `UnetgenError` where `file` is not there, or is a folder, a pipe, a device or a socket."""
    try:
        mode = file.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        from unetgen.near_files import hint

        raise UnetgenError(str(Problem("no such file", hint=hint(file), where=str(file)))) from None
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        raise UnetgenError(f"{file}: cannot be read: {reason_of(error)}") from None
    if not stat.S_ISREG(mode):
        raise UnetgenError(f"{file}: {_kind(mode)}, not a file; name a file")


def read_bytes(file: Path, limit: int) -> bytes:
    """The content of a regular file of at most `limit` bytes; raises `UnetgenError` for all else."""
    require_regular(file)
    try:
        # Should a pipe have taken its place, opening it does not wait.
        with os.fdopen(os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as stream:
            raw = stream.read(limit + 1)
    except OSError as error:
        raise UnetgenError(f"{file}: cannot be read: {reason_of(error)}") from None
    if len(raw) > limit:
        raise UnetgenError(f"{file}: is larger than {size_text(limit)}; is it the right file?")
    return raw


def read_json(file: Path, limit: int = MAX_JSON_BYTES) -> Any:
    """The data in a JSON file of at most `limit` bytes; see `parsed_json`."""
    return parsed_json(read_bytes(file, limit), str(file))


def parsed_json(raw: bytes, label: str) -> Any:
    """JSON as RFC 8259 has it, with finite numbers, each key once, nested at most `MAX_NESTING` deep.

    Raises `UnetgenError`, which calls it `label`, for anything else.
    """
    try:
        data = json.loads(
            raw.decode("utf-8-sig"),
            parse_float=_finite,
            parse_constant=_refuse_constant,
            object_pairs_hook=_each_key_once,
        )
        if _is_deeper(data, MAX_NESTING):
            raise RecursionError
    except UnicodeDecodeError:
        raise UnetgenError(f"{label}: is not UTF-8; is it a text file?") from None
    except RecursionError:
        raise UnetgenError(f"{label}: is not usable JSON: nested deeper than {MAX_NESTING} levels") from None
    except json.JSONDecodeError as error:
        what = error.msg[:1].lower() + error.msg[1:]
        raise UnetgenError(f"{label}:{error.lineno}:{error.colno}: is not JSON: {what}") from None
    except ValueError as error:  # ours below, or Python's at a number of thousands of digits
        said = "a number has thousands of digits" if "int_max_str_digits" in str(error) else error
        raise UnetgenError(f"{label}: is not usable JSON: {said}") from None
    return data


def _finite(text: str) -> float:
    if math.isinf(number := float(text)):
        raise ValueError(f"{shown(text, 30)} is too large a number")
    return number


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a number of JSON")


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {shown(next(key for key in keys if keys.count(key) > 1))} is given twice")
    return data


def _is_deeper(data: Any, levels: int) -> bool:
    layer = [data]
    for _ in range(levels + 1):
        layer = [item for holder in layer for item in _items(holder)]
        if not layer:
            return False
    return True


def _items(holder: Any) -> Iterator[Any]:
    if isinstance(holder, dict):
        yield from holder.values()
    elif isinstance(holder, list):
        yield from holder


def reason_of(error: BaseException) -> str:
    """What went wrong, in one line, as the system or a library says it."""
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(said).partition("\n")[0]


def _kind(mode: int) -> str:
    kinds = {
        stat.S_IFDIR: "is a folder",
        stat.S_IFIFO: "is a pipe",
        stat.S_IFSOCK: "is a socket",
        stat.S_IFCHR: "is a device",
        stat.S_IFBLK: "is a device",
    }
    return kinds.get(stat.S_IFMT(mode), "is something else")


def size_text(count: int) -> str:
    """A number of bytes, as people read it."""
    for factor, unit in ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if count >= factor:
            return f"{count / factor:.4g} {unit}"
    return f"{count} bytes"
