"""What could be given where an argument is missing: the files of the folder, and the bundled configs."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from unetgen.config.bundled import ZOO, bundled_configs
from unetgen.errors import ConfigError

_CONFIG = re.compile(rb"^(?:depth|base_filters|num_classes|filters|encoder|defaults)\s*:", re.MULTILINE)
_RUN = re.compile(rb"^model\s*:", re.MULTILINE)
_MOST_FILES = 1000
"""Of a folder, in no order: a larger one is not searched to its end."""
_READ_BYTES = 64 * 1024
_SHOWN = 4
"""Names in the line of an error."""


def offers(missing: Sequence[str]) -> list[str]:
    """A line for each missing argument of which something is known, such as ``CONFIG`` or ``MODEL``."""
    lines = ["`unetgen --help` lists the commands"] if "COMMAND" in missing else []
    for metavar in missing:
        here = list(_files(metavar))
        bundled = _bundled() if metavar in _BUNDLED_TOO else []
        parts = [f"here {_some(here)}" if here else "", f"bundled {_some(bundled)}" if bundled else ""]
        if said := "; ".join(part for part in parts if part):
            lines.append(f"{metavar} could be: {said}{'; `unetgen list` tells of them' if bundled else ''}")
    return lines


def overview(width: int) -> str:
    """The configs of the current folder and the bundled ones, in columns within `width` characters."""
    here, bundled = configs_here(), _bundled()
    some = f", of {_MOST_FILES:,} of its files" if len(_entries()) > _MOST_FILES else ""
    blocks = [(f"in this folder{some}:", here), ("bundled, `unetgen list` tells of them:", bundled)]
    lines = ["`unetgen show CONFIG` shows one of these:"]
    for title, names in blocks:
        if names:
            lines += ["", title, *(f"  {line}" for line in _columns(names, width - 2))]
    return "\n".join(lines)


def configs_here() -> list[str]:
    """The YAML files of the current folder that look like configs, sorted; none is parsed."""
    return [name for name in _named(".yaml") if _CONFIG.search(_beginning(name))]


def runs_here() -> list[str]:
    """The YAML files of the current folder that look like run files, sorted; none is parsed."""
    return [name for name in _named(".yaml") if _RUN.search(_beginning(name))]


_BUNDLED_TOO = ("CONFIG", "A", "B", "MODEL|CONFIG", "CONFIG|MODEL")


def _files(metavar: str) -> Iterator[str]:
    for part in metavar.split("|"):
        if part in ("CONFIG", "A", "B"):
            yield from configs_here()
        elif part == "RUN":
            yield from runs_here()
        elif part in ("MODEL", "SOURCE"):
            yield from _named(".keras")
        elif part == "LOCK":
            yield from _named(".lock.json")


def _named(*endings: str) -> list[str]:
    names = [name for name in _entries()[:_MOST_FILES] if name.endswith(endings) and name.isprintable()]
    return sorted(name for name in names if Path(name).is_file())


def _entries() -> list[str]:
    """What the folder holds, one more than is looked at."""
    try:
        with os.scandir() as entries:
            return [entry.name for entry in islice(entries, _MOST_FILES + 1)]
    except OSError:
        return []


def _beginning(name: str) -> bytes:
    try:
        with Path(name).open("rb") as stream:
            return stream.read(_READ_BYTES)
    except OSError:
        return b""


def _bundled() -> list[str]:
    """The names of bundled configs, those of the zoo behind the others."""
    try:
        bundled = bundled_configs()
        return sorted(bundled, key=lambda name: bundled[name].parent.name == ZOO)
    except ConfigError:  # $UNETGEN_CONFIG_DIR names no folder
        return []


def _some(names: list[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _columns(names: Sequence[str], width: int) -> Iterator[str]:
    """`names` in columns, read downwards, as `ls` writes them.

    >>> list(_columns(["a", "b", "c"], 4))
    ['a  c', 'b']
    """
    wide = max(map(len, names)) + 2
    count = max(1, (width + 2) // wide)
    rows = -(-len(names) // count)
    for row in range(rows):
        yield "".join(name.ljust(wide) for name in names[row::rows]).rstrip()
