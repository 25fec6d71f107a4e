"""Levels that have the same, and what sentences call them."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import TypeVar

from unetgen.emit.prose.english import listed

T = TypeVar("T", bound=Hashable)


def groups(values: Mapping[int, T]) -> Iterator[tuple[T, list[int]]]:
    """Each value with the levels that have it, in the order of the levels.

    >>> list(groups({0: "plain", 1: "residual", 2: "plain"}))
    [('plain', [0, 2]), ('residual', [1])]
    """
    for value in dict.fromkeys(values[level] for level in sorted(values)):
        yield value, [level for level in sorted(values) if values[level] == value]


def levels(numbers: Sequence[int]) -> str:
    """What levels are called in a sentence.

    >>> levels([0]), levels([1, 2])
    ('level 0', 'levels 1 and 2')
    """
    names = "".join(map(str, listed([str(each) for each in numbers])))
    return f"level{'s' * (len(numbers) > 1)} {names}"


def of_side(numbers: Sequence[int], side: str) -> str:
    """The beginning of a sentence on what levels of one side have.

    >>> of_side([1, 2], "encoder")
    'Levels 1 and 2 of the encoder have'
    """
    return f"{levels(numbers).capitalize()} of the {side} {'have' if len(numbers) > 1 else 'has'}"
