"""Values in masks, and the classes that they mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from unetgen.data.blocks import blocks
from unetgen.errors import INTEGER_MASKS, Problem, UnetgenError
from unetgen.images.image import Values

Numbers = NDArray[np.int32]
Counts = Mapping[int, int]
"""How often each value is there."""
LISTED = 8
"""Values that a message lists."""
_DIRECT = 2**16
"""The largest value up to which counting needs no sorting."""


@dataclass(frozen=True)
class Classes:
    """The classes of a data set in their order, and the values that mean each.

    >>> classes = Classes.named({0: "background", 128: "cell", 255: "cell"}, ignore=7)
    >>> classes.names, classes.numbers(np.array([[255, 0, 128, 7]]), ignored=2)
    (('background', 'cell'), array([[1, 0, 1, 2]], dtype=int32))
    """

    names: tuple[str, ...]
    """By class number."""
    number_of: Mapping[int, int] = field(repr=False)
    """The class number of each value."""
    ignore: int | None = None
    """The value of positions that belong to no class and are not learned from."""
    are_named: bool = False
    """Whether a file names the values, as `data.labels` does."""

    @classmethod
    def named(cls, labels: Mapping[int, str], ignore: int | None = None) -> Self:
        """Classes numbered in the order of `labels`; values of one name are one class."""
        names = tuple(dict.fromkeys(labels.values()))
        numbers = MappingProxyType({value: names.index(name) for value, name in labels.items()})
        return cls(names, numbers, ignore, are_named=True)

    @classmethod
    def counted(cls, count: int, ignore: int | None = None) -> Self:
        """`count` classes whose values are their numbers."""
        values = [value for value in range(count) if value != ignore]
        return cls(tuple(map(str, range(count))), MappingProxyType({v: v for v in values}), ignore)

    @classmethod
    def found(cls, counts: Counts, ignore: int | None = None) -> Self:
        """As many classes as there are values 0, 1 and so on without a gap."""
        count = 0
        while (count if count != ignore else count + 1) in counts:
            count += 1
        return cls.counted(count, ignore)

    def strays(self, counts: Counts) -> Counts:
        """Those of `counts` that no class has."""
        known = {*self.number_of, self.ignore}
        return {value: count for value, count in counts.items() if value not in known}

    def positions(self, counts: Counts) -> list[int]:
        """How many positions belong to each class."""
        of_class = [0] * len(self.names)
        for value, count in counts.items():
            if value in self.number_of:
                of_class[self.number_of[value]] += count
        return of_class

    def shares(self, counts: Counts) -> dict[str, float]:
        """The share of each class among the positions that belong to one."""
        of_class = self.positions(counts)
        total = sum(of_class)
        return {name: n / total if total else 0.0 for name, n in zip(self.names, of_class, strict=True)}

    def numbers(self, values: Values, ignored: int, file: Path | None = None) -> Numbers:
        """Class numbers in the shape of `values`, which are whole; `ignored` where the value is `ignore`.

        Raises `UnetgenError`, which names `file`, where there is a value that no class has.
        """
        table = dict(self.number_of)
        if self.ignore is not None:
            table[self.ignore] = ignored
        known = np.array(sorted(table), dtype=np.int64)
        meant = np.array([table[value] for value in known.tolist()], dtype=np.int32)
        place = np.searchsorted(known, values).clip(max=len(known) - 1)
        if not np.array_equal(known[place], values):
            problem = self.problem(value_counts(values), str(file or "mask"))
            raise UnetgenError(str(problem))
        numbers: Numbers = meant[place]
        return numbers

    def problem(self, counts: Counts, where: str) -> Problem | None:
        """What is wrong with a mask of these values, if anything is."""
        strays = self.strays(counts)
        if not strays:
            return None
        message = f"values that no class has: {told(strays, sum(counts.values()))}"
        return Problem(message, hint=self._advice(counts), where=where, page=INTEGER_MASKS)

    def _advice(self, counts: Counts) -> str:
        strays = self.strays(counts)
        if len(strays) > LISTED:
            return "masks of classes hold few values; are these numbers of objects, or is it a lossy format?"
        if len(counts) == 2 and not min(counts) and not self.are_named:
            return f"write `data.labels: {{0: background, {max(counts)}: foreground}}`"
        known = sorted(self.number_of)
        between = f"the classes are {', '.join(map(str, known[:LISTED]))}; " if known else ""
        if len(strays) == 1:
            (value,) = strays
            return f"{between}name it in `data.labels`, or write `data.ignore: {value}`"
        return f"{between}name them in `data.labels`"


def told(counts: Counts, positions: int) -> str:
    """Values and how often they are there, in words.

    >>> told({7: 12, 255: 3}, 4096)
    '7 at 12 and 255 at 3 of 4,096 positions'
    """
    values = sorted(counts)
    if len(values) > LISTED:
        share = sum(counts.values())
        return (
            f"{len(values):,} values from {values[0]} to {values[-1]} at {share:,} of {positions:,} positions"
        )
    *first, last = [f"{value} at {counts[value]:,}" for value in values]
    listed = f"{', '.join(first)} and {last}" if first else last
    return f"{listed} of {positions:,} positions"


def value_counts(values: Values) -> dict[int, int]:
    """How often each value is in an array of whole numbers.

    >>> value_counts(np.array([[0, 3], [3, 3]]))
    {0: 1, 3: 3}
    """
    if not values.size:
        return {}
    if values.min() >= 0 and values.max() < _DIRECT:
        found = np.zeros(_DIRECT, np.int64)
        for block in blocks(values):  # NumPy counts in 64 bits, for which all of a volume may be too much
            counts = np.bincount(values[block].ravel().astype(np.intp))
            found[: len(counts)] += counts
        return {int(value): int(found[value]) for value in np.flatnonzero(found)}
    unique, numbers = np.unique(values, return_counts=True)
    return dict(zip(map(int, unique), map(int, numbers), strict=True))
