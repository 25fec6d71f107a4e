"""Names of files, and what they say: what an image and its mask have in common, and a channel's number."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Set

IMAGE_WORDS = frozenset(
    {"image", "images", "img", "imgs", "raw", "scan", "scans", "volume", "volumes", "vol"}
)
"""Words that say of a file that it is an image."""
MASK_WORDS = frozenset({
    "mask", "masks", "label", "labels", "lbl", "seg", "segs", "segmentation", "segmentations", "gt",
    "groundtruth", "annotation", "annotations", "truth",
})  # fmt: skip
"""Words that say of a file that it is a mask."""
_SEPARATORS = re.compile(r"([_\-. ]+)")
_CHANNEL = re.compile(r"(?P<case>.+)_(?P<channel>\d{4})", re.ASCII)


def bare(name: str, words: Collection[str]) -> str:
    """`name` without the folders that are one of `words`, and without such words at the end or beginning.

    >>> bare("train/images/img-07", IMAGE_WORDS), bare("case01/mask", MASK_WORDS)
    ('train/07', 'case01')
    >>> bare("train-labels", MASK_WORDS), bare("masked_cell", MASK_WORDS)
    ('train', 'masked_cell')
    """
    *folders, stem = name.split("/")
    kept = [folder for folder in folders if folder.lower() not in words]
    pieces = _SEPARATORS.split(stem)
    while pieces and pieces[-1].lower() in words:
        pieces = pieces[:-2]
    while pieces and pieces[0].lower() in words:
        pieces = pieces[2:]
    return "/".join([*kept, *(["".join(pieces)] if pieces else [])])


def channel_of(name: str) -> tuple[str, int] | None:
    """The case and the channel that nnU-Net's names say: four digits at the end.

    >>> channel_of("brain_012_0001"), channel_of("brain_012")
    (('brain_012', 1), None)
    """
    match = _CHANNEL.fullmatch(name)
    return (match["case"], int(match["channel"])) if match else None


def are_channels(images: Iterable[str], masks: Set[str]) -> bool:
    """Whether names of images end in channels: masks are called like the cases, and not like the files."""
    split = {name: channel_of(name) for name in images}
    if not split or None in split.values() or masks & split.keys():
        return False
    return any(parts[0] in masks for parts in split.values() if parts)


def pattern_of(name: str, words: Collection[str]) -> str | None:
    """The glob pattern of files that are called like `name`, if its stem begins or ends with one of `words`.

    >>> pattern_of("a_image", IMAGE_WORDS), pattern_of("case01/mask", MASK_WORDS)
    ('*_image.*', '**/mask.*')
    """
    below = "**/" if "/" in name else ""
    stem = name.rpartition("/")[2]
    pieces = _SEPARATORS.split(stem)
    if len(pieces) == 1:
        return f"{below}{stem}.*" if stem.lower() in words else None
    if pieces[-1].lower() in words:
        return f"{below}*{pieces[-2]}{pieces[-1]}.*"
    return f"{below}{pieces[0]}{pieces[1]}*" if pieces[0].lower() in words else None
