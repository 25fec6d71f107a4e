"""Levels: how often each axis of an image is halved, and what that makes of its size."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from unetgen.starting.answers import LEAST, Size

REFERENCE = {1: 1024, 2: 256, 3: 96}
"""Positions that an axis of any size is thought to have, by the number of axes: a usual patch."""


@dataclass(frozen=True, slots=True)
class Levels:
    """The levels of a network for images of a size."""

    size: Size
    halvings: tuple[int, ...]
    """How often each axis is halved; one that is halved less often is so at the finest levels."""

    @property
    def depth(self) -> int:
        """The number of levels, the bottom included."""
        return 1 + max(self.halvings)

    @property
    def factors(self) -> list[list[int]]:
        """By what each step divides each axis, from the finest level on."""
        steps = range(self.depth - 1)
        return [[2 if step < times else 1 for times in self.halvings] for step in steps]

    @property
    def is_even(self) -> bool:
        """Whether every step halves every axis."""
        return len(set(self.halvings)) == 1

    @property
    def multiples(self) -> tuple[int, ...]:
        """What a size has to be a multiple of, along each axis."""
        return tuple(2**times for times in self.halvings)

    @property
    def reference(self) -> tuple[int, ...]:
        """The size, with a usual one along each axis that has none of its own."""
        return _reference(self.size)

    @property
    def padded(self) -> tuple[int, ...]:
        """The next size from the reference on that the steps divide."""
        sizes = zip(self.reference, self.multiples, strict=True)
        return tuple(ceil(size / multiple) * multiple for size, multiple in sizes)

    @property
    def bottom(self) -> tuple[int, ...]:
        """The size at the bottom."""
        return tuple(size // multiple for size, multiple in zip(self.padded, self.multiples, strict=True))


def levels_of(size: Size, most: int) -> Levels:
    """An axis is halved while 8 positions or more are left of it, as in nnU-Net, down to `most` levels.

    At least one axis has to be as long as that.

    >>> levels_of((160, 160, 16), 5).halvings, levels_of((None, None), 5).depth
    ((4, 4, 2), 5)
    """
    return Levels(size, tuple(min(most - 1, _halvings(length)) for length in _reference(size)))


def _reference(size: Size) -> tuple[int, ...]:
    return tuple(REFERENCE[len(size)] if length is None else length for length in size)


def _halvings(length: int) -> int:
    return max(0, (2 * length // LEAST).bit_length() - 1)
