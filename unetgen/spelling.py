"""The legal name that a wrong one was meant to be. It only advises: nothing is ever corrected silently."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

MAX_LISTED = 12
"""Longer lists of legal names do not fit into an error message."""

_MAX_WORD = 64  # a longer "name" is not a misspelling, and comparing it would take quadratic time
_NEARNESS = 0.7  # of difflib's ratio: `depht` is near `depth` (0.8), `no` is not near `norm` (0.67)
_VERY_NEAR = 0.88  # `filter` and `filters` (0.92); `float16` is rather part of `mixed_float16` than `float64`
_MISSPELLED = 0.82  # `evalute` is `evaluate` (0.93); `masks` is not `tasks` (0.8)
_MIN_PART = 4  # letters that name something by themselves
_MAX_HOLDING = 6


def nearest(word: str, legal: Iterable[str]) -> str | None:
    """The legal name that differs from `word` in spelling only: case, hyphens, CamelCase, a few letters.

    >>> nearest("LeakyReLU", ["relu", "leaky_relu"]), nearest("colour", ["depth"])
    ('leaky_relu', None)
    """
    candidates = _candidates(word, legal)
    return candidates[0] if candidates else None


def _candidates(word: str, legal: Iterable[str]) -> list[str]:
    """The one name that is meant, or several that hold the word: `crossentropy`."""
    by_letters: dict[str, str] = {}
    for name in legal:
        if name == word:
            return [name]
        by_letters.setdefault(_letters(name), name)
    letters = _letters(word)
    if letters in by_letters:
        return [by_letters[letters]]
    if not letters or len(letters) > _MAX_WORD:
        return []
    from difflib import get_close_matches  # needed for errors only

    near = get_close_matches(letters, by_letters, n=1, cutoff=_VERY_NEAR)
    holding = [known for known in by_letters if len(letters) >= _MIN_PART and letters in known]
    if not near and 0 < len(holding) <= _MAX_HOLDING:
        near = holding
    near = near or get_close_matches(letters, by_letters, n=1, cutoff=_NEARNESS)
    return [by_letters[known] for known in near]


def misspelled(word: str, legal: Iterable[str]) -> str | None:
    """The legal name that `word` is but for the order of its letters, or about one letter in six.

    It is for words that may well mean something else: `nearest` would find too much.

    >>> misspelled("trian", ["train"]), misspelled("levls", ["levels"]), misspelled("lint", ["list"])
    ('train', 'levels', None)
    """
    by_letters: dict[str, str] = {}
    for name in legal:
        by_letters.setdefault(_letters(name), name)
    letters = _letters(word)
    if letters in by_letters:
        return by_letters[letters]
    if not letters or len(letters) > _MAX_WORD:
        return None
    from difflib import get_close_matches  # needed for errors only

    near = [known for known in by_letters if sorted(known) == sorted(letters)]
    near = near or get_close_matches(letters, by_letters, n=1, cutoff=_MISSPELLED)
    return by_letters[near[0]] if near else None


def did_you_mean(word: str, legal: Iterable[str]) -> str:
    """A hint for an unknown name: the nearest legal one, or all of them if they are few, or nothing.

    >>> did_you_mean("base-filter", ["depth", "base_filters"])
    'did you mean `base_filters`?'
    >>> did_you_mean("colour", ["depth", "seed"])
    'one of: depth, seed'
    """
    names = tuple(legal)
    if candidates := _candidates(word, names):
        return f"did you mean {one_of([f'`{name}`' for name in candidates])}?"
    return f"one of: {', '.join(names)}" if 0 < len(names) <= MAX_LISTED else ""


def one_of(words: Sequence[object]) -> str:
    """Words as a choice.

    >>> one_of([1, 2, 4])
    '1, 2 or 4'
    """
    *others, last = map(str, words)
    return f"{', '.join(others)} or {last}" if others else last


def _letters(name: str) -> str:
    """What stays of a name however it is written: ``UNet3+`` and ``unet_3_plus`` both give ``unet3plus``."""
    return "".join(char for char in name.casefold().replace("+", "plus") if char.isalnum())
