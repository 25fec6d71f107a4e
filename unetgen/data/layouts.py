"""How a folder is laid out: which places in it hold the images, and which the masks.

Known are nnU-Net's raw folders, folders such as `images` and `masks`, also in each of several folders, and
files whose names say what they are, such as `a_image.png` and `a_mask.png`. Of those that could be meant, the
one with the most pairs is taken.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from unetgen.data.finding import NamedFile, files_at
from unetgen.data.naming import IMAGE_WORDS, MASK_WORDS, pattern_of
from unetgen.data.nnunet import IMAGES, LABELS, NnunetFolder, dataset_beside, read_dataset
from unetgen.data.pairing import pair
from unetgen.errors import UnetgenError


@dataclass(frozen=True)
class Layout:
    """Places relative to a folder, as `data.images` and `data.masks` have them."""

    images: str
    masks: str | None
    dataset: NnunetFolder | None = None
    """What nnU-Net's dataset.json says."""


def layout_of(folder: Path) -> Layout:
    """The layout of `folder`; raises `UnetgenError` where there is no image in it."""
    if not folder.is_dir():
        raise UnetgenError(f"{folder}: no such folder; name a folder of images, or a run file")
    named = dataset_beside(folder / IMAGES)
    if named is not None:
        return Layout(IMAGES, LABELS, read_dataset(named))
    found = files_at((".",), folder, "images")
    if not found.files:
        raise UnetgenError("\n".join(str(problem) for problem in found.problems))
    candidates = [*_folders(folder), *_words(found.files)]
    pairs = {each: len(pair((each.images,), (each.masks or "",), folder).cases) for each in candidates}
    best = max(candidates, key=pairs.__getitem__, default=None)
    return best if best is not None and pairs[best] else Layout(_without_masks(folder), None)


def _folders(folder: Path) -> Iterator[Layout]:
    """Folders of images and folders of masks, beside each other here or in folders below."""
    for start, below in (("", [folder]), ("*/", _subfolders(folder))):
        names = {each.name for parent in below for each in _subfolders(parent)}
        for images in _called(names, {*IMAGE_WORDS, IMAGES.lower()}):
            for masks in _called(names, {*MASK_WORDS, LABELS.lower()}):
                end = "/*" if start else ""
                yield Layout(f"{start}{images}{end}", f"{start}{masks}{end}")


def _words(files: Iterable[NamedFile]) -> Iterator[Layout]:
    """Files whose names have a word for a mask, and all others or those with a word for an image."""
    names = [file.name for file in files]
    for masks in _patterns(names, MASK_WORDS):
        yield from (Layout(images, masks) for images in (*_patterns(names, IMAGE_WORDS), "."))


def _patterns(names: Iterable[str], words: Collection[str]) -> list[str]:
    """Patterns of names with one of `words`, those of most files first."""
    counts = Counter(pattern for name in names if (pattern := pattern_of(name, words)))
    return [pattern for pattern, _ in counts.most_common(3)]


def _without_masks(folder: Path) -> str:
    return next(iter(_called({each.name for each in _subfolders(folder)}, IMAGE_WORDS)), ".")


def _subfolders(folder: Path) -> list[Path]:
    return sorted(each for each in folder.iterdir() if each.is_dir() and not each.name.startswith("."))


def _called(names: Iterable[str], words: Collection[str]) -> list[str]:
    return sorted(name for name in names if name.lower() in words)
