"""The file that a name of a file was meant to be, where none is there of that name. It only advises."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from unetgen.spelling import nearest

_MOST_FILES = 1000
"""Of a folder, in no order: a larger one is not searched to its end."""


def hint(file: Path) -> str | None:
    """What to say of a `file` that is not there; nothing where no other one is near."""
    if str(file) == "-":
        return "only a CONFIG can come through standard input; name a file"
    near = near_file(file)
    return f"did you mean {near}?" if near else None


def near_file(file: Path, endings: tuple[str, ...] = ("",)) -> Path | None:
    """The file beside the missing `file` whose name is nearest, of its format, with such endings.

    A name without an ending may mean a file of any format.
    """
    try:
        with os.scandir(file.parent) as entries:
            some = islice(entries, _MOST_FILES)
            names = sorted(entry.name for entry in some if entry.name.endswith(endings) and entry.is_file())
    except (OSError, ValueError):
        return None
    name = near_name(file.name, names)
    return file.parent / name if name else None


def near_name(name: str, names: Iterable[str]) -> str | None:
    """The name of `names` that `name` was meant to be: another ending, or a few other letters.

    >>> near_name("ich.yaml", ["isch.yaml", "readme.md"]), near_name("ich.yaml", ["ich.yml", "isch.yaml"])
    ('isch.yaml', 'ich.yml')
    >>> near_name("ich.yml", ["isch.yaml", "isch.yml"]), near_name("ich.YML", ["ich.yaml"])
    ('isch.yaml', 'ich.yaml')
    >>> near_name("a.yaml", ["b.yaml"]), near_name("ich", ["isch"]), near_name("ich.yaml", ["ich"])
    (None, None, None)
    >>> near_name("case_1.png", ["case_2.png"])
    """
    stem, ending = os.path.splitext(name)  # noqa: PTH122  (Path takes a name such as ".." apart otherwise)
    alike: dict[str, str] = {}
    for other in names:
        other_stem, other_ending = os.path.splitext(other)  # noqa: PTH122
        if _same_format(ending, other_ending) and not _differ_in_numbers(stem, other_stem):
            alike.setdefault(other_stem, other)
    near = nearest(stem, alike)
    return alike[near] if near else None


def _differ_in_numbers(stem: str, other: str) -> bool:
    """Whether only digits differ: ``case_001`` is another one than ``case_002``, not a misspelling of it."""
    words, other_words = (re.sub(r"\d", "", each) for each in (stem, other))
    numbers, other_numbers = (re.sub(r"\D", "", each) for each in (stem, other))
    return words == other_words and numbers != other_numbers


def _same_format(ending: str, other: str) -> bool:
    """Whether the endings are of one format: nearly equal, as ``.yml`` and ``.yaml`` are, or none is said."""
    return bool(other) and (not ending or nearest(ending, (other,)) is not None)
