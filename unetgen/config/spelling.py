"""The legal name that a wrong one was meant to be. It only advises: nothing is ever corrected silently."""

from __future__ import annotations

from collections.abc import Iterable

MAX_LISTED = 12
"""Longer lists of legal names do not fit into an error message."""

_MAX_WORD = 64  # a longer "name" is no misspelling, and comparing it would take quadratic time
_NEARNESS = 0.7  # of difflib's ratio: `depht` is near `depth` (0.8), `no` is not near `norm` (0.67)


def nearest(word: str, legal: Iterable[str]) -> str | None:
    """The legal name that differs from `word` in spelling only: case, hyphens, CamelCase, a few letters.

    >>> nearest("LeakyReLU", ["relu", "leaky_relu"]), nearest("colour", ["depth"])
    ('leaky_relu', None)
    """
    by_letters: dict[str, str] = {}
    for name in legal:
        if name == word:
            return name
        by_letters.setdefault(_letters(name), name)
    letters = _letters(word)
    if letters in by_letters:
        return by_letters[letters]
    if not letters or len(letters) > _MAX_WORD:
        return None
    from difflib import get_close_matches  # needed for errors only

    found = get_close_matches(letters, by_letters, n=1, cutoff=_NEARNESS)
    return by_letters[found[0]] if found else None


def did_you_mean(word: str, legal: Iterable[str]) -> str:
    """A hint for an unknown name: the nearest legal one, or all of them if they are few, or nothing.

    >>> did_you_mean("base-filter", ["depth", "base_filters"])
    'did you mean `base_filters`?'
    >>> did_you_mean("colour", ["depth", "seed"])
    'one of: depth, seed'
    """
    names = tuple(legal)
    name = nearest(word, names)
    if name is not None:
        return f"did you mean `{name}`?"
    return f"one of: {', '.join(names)}" if 0 < len(names) <= MAX_LISTED else ""


def _letters(name: str) -> str:
    """What stays of a name however it is written: ``UNet3+`` and ``unet_3_plus`` both give ``unet3plus``."""
    return "".join(char for char in name.casefold().replace("+", "plus") if char.isalnum())
