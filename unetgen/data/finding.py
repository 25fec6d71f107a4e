"""The files that a place names: a folder, a file or a glob pattern. Sorted, each file once.

A folder means the images in it and in the folders within. Names that begin with a dot are left out, and so
are files of other formats, which is said. Links are followed; those that lead out of the folder are told.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

from unetgen.errors import Problem
from unetgen.images.files import SUFFIXES, is_image, suffix_of
from unetgen.reading import reason_of

_WILD = "*?["
_ESCAPED = re.compile(r"\[([*?[])\]")
LISTED = 3
"""Names that a note lists."""


@dataclass(frozen=True)
class NamedFile:
    """A file, and what its path says below the place that names it, without its suffix."""

    path: Path
    name: str


@dataclass
class Finding:
    """What places name, and what is wrong with them."""

    files: list[NamedFile] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)


def files_at(places: tuple[str, ...], root: Path, of: str) -> Finding:
    """The images at all `places`, which are relative to `root`; `of` is the field that names them."""
    found = Finding()
    seen: dict[str, NamedFile] = {}
    for place in places:
        for file in _of_place(place, root, of, found):
            seen.setdefault(os.path.normpath(file.path), file)
    found.files += sorted(seen.values(), key=lambda file: (file.name, str(file.path)))
    return found


def stem_of(path: Path) -> str:
    """A file's name without the suffix of its format.

    >>> stem_of(Path("a/brain.nii.gz")), stem_of(Path("v1.2.png"))
    ('brain', 'v1.2')
    """
    return path.name[: len(path.name) - len(suffix_of(path) or "")]


def _of_place(place: str, root: Path, of: str, found: Finding) -> Iterator[NamedFile]:
    path = root / place
    try:
        is_folder, is_there = path.is_dir(), path.exists()
    except OSError as error:  # a name that is too long
        found.problems.append(Problem(f"cannot be looked at: {reason_of(error)}", ("data", of), got=place))
        return
    if is_there and (not is_folder or _is_image(path)):
        yield from _single(path, place, of, found)
    elif is_folder:
        yield from _folder(path, of, found)
    elif _is_wild(place):
        yield from _pattern(place, root, of, found)
    else:
        what = "a link that leads nowhere" if path.is_symlink() else "no such file or folder"
        hint = "places are relative to the run file"
        found.problems.append(Problem(what, ("data", of), hint=hint, where=str(path)))


def _single(path: Path, place: str, of: str, found: Finding) -> Iterator[NamedFile]:
    if _is_image(path):
        yield NamedFile(path, stem_of(path))
    else:
        hint = f"formats by suffix: {' '.join(SUFFIXES)}"
        found.problems.append(Problem("is not an image", ("data", of), hint=hint, where=str(path)))


def _folder(folder: Path, of: str, found: Finding) -> Iterator[NamedFile]:
    images = _images_among(list(_walk(folder, set(), found)), folder, found)
    if not images:
        hint = f"formats by suffix: {' '.join(SUFFIXES)}"
        found.problems.append(Problem("has no images in it", ("data", of), hint=hint, where=str(folder)))
    for path in images:
        parent = path.relative_to(folder).parent
        yield NamedFile(path, (parent / stem_of(path)).as_posix())


def _pattern(place: str, root: Path, of: str, found: Finding) -> Iterator[NamedFile]:
    parts = Path(place).parts
    plain = list(takewhile(lambda part: not _is_wild(_ESCAPED.sub("", part)), parts))
    folder = root.joinpath(*(_ESCAPED.sub(r"\1", part) for part in plain))
    pattern = str(Path(*parts[len(plain) :]))
    try:
        matches = sorted(each for each in folder.glob(pattern) if not _is_hidden(each, folder))
    except (ValueError, OSError) as error:
        found.problems.append(Problem(f"is not a pattern: {error}", ("data", of), got=place))
        return
    kept = [each for each in matches if _is_image(each) or not each.is_dir()]
    images = _images_among(kept, folder, found)
    if not images:
        hint = "no file of that name" if not matches else f"formats by suffix: {' '.join(SUFFIXES)}"
        found.problems.append(Problem("matches no image", ("data", of), got=place, hint=hint))
    for each in images:
        yield NamedFile(each, (each.relative_to(folder).parent / stem_of(each)).as_posix())


def _is_image(path: Path) -> bool:
    """Whether it is an image; of a folder that cannot be looked into, whoever walks through it says so."""
    try:
        return is_image(path)
    except OSError:
        return False


def _is_wild(text: str) -> bool:
    return any(sign in text for sign in _WILD)


def _walk(folder: Path, entered: set[str], found: Finding) -> Iterator[Path]:
    """Files below `folder`, and folders that are images; each folder is entered once, wherever links lead."""
    real = os.path.realpath(folder)
    if real in entered:
        return
    entered.add(real)
    try:
        paths = sorted(folder.iterdir())
    except OSError as error:
        found.problems.append(Problem(f"cannot be looked into: {reason_of(error)}", where=str(folder)))
        return
    for path in paths:
        if path.name.startswith("."):
            continue
        if path.is_dir() and not _is_image(path):
            yield from _walk(path, entered, found)
        else:
            yield path


def _is_hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _images_among(paths: list[Path], folder: Path, found: Finding) -> list[Path]:
    """The images; what is called like one and cannot be read is a problem, other files are noted."""
    images = [path for path in paths if _is_image(path)]
    for path in paths:
        if suffix_of(path) is not None and not _is_image(path):
            what = "is a link that leads nowhere" if path.is_symlink() else "is not a file"
            found.problems.append(Problem(what, hint="remove it, or bring the file", where=str(path)))
    others = [path for path in paths if suffix_of(path) is None and not _is_image(path)]
    if others:
        what = f"{_count(others, 'file')} of other formats left out: {_names(folder, others)}"
        found.notes.append(Problem(what, where=str(folder)))
    _note_links(folder, images, found)
    return images


def _note_links(folder: Path, images: list[Path], found: Finding) -> None:
    real = Path(os.path.realpath(folder))
    out = [path for path in images if not Path(os.path.realpath(path)).is_relative_to(real)]
    if out:
        to = os.path.realpath(out[0])
        what = f"{_count(out, 'link')} out of the folder followed: {out[0].relative_to(folder)} is {to}"
        found.notes.append(Problem(what, where=str(folder)))


def _count(items: list[Path], noun: str) -> str:
    return f"{len(items):,} {noun}{'s' if len(items) > 1 else ''}"


def _names(folder: Path, files: list[Path]) -> str:
    names = [str(file.relative_to(folder)) for file in files[:LISTED]]
    return ", ".join([*names, "..."] if len(files) > LISTED else names)
