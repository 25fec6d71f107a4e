"""A config that comes through standard input: named ``-``, called ``<stdin>`` in messages."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import IO, cast

from unetgen.errors import UnetgenError

DASH = "-"
FILE = Path("<stdin>")
"""What stands for the file of such a config; what it names lies in the current folder."""
NAME = "unet"
"""What such a network is called, unless it says so itself."""


def require_one_dash(configs: Sequence[str]) -> None:
    """Raise `UnetgenError` where more than one of `configs` is to come through standard input."""
    if configs.count(DASH) > 1:
        raise UnetgenError(f"{DASH} is standard input, which has one config; name a file for the other one")


def standard_input(limit: int) -> bytes | None:
    """At most `limit` bytes of it, the same ones each time; None where there is none.

    Someone at a terminal is told, on standard error, what is waited for.
    """
    stream: IO[str] | None = sys.stdin
    if stream is None or stream.closed:
        return None
    return _read(stream, limit)


@lru_cache(maxsize=1)  # what has been read cannot be read again
def _read(stream: IO[str], limit: int) -> bytes:
    if stream.isatty():
        print("waiting for a config on standard input; end it with Ctrl-D", file=sys.stderr, flush=True)
    return cast("bytes", getattr(stream, "buffer", stream).read(limit))
