"""Found: the values of an array in which some are wrong, told in one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

LISTED = 8
"""Values that a message lists; of more it tells the wrong ones, or the range."""
COUNTED = 1000
"""Distinct values that are counted; where there are more, all that is told is the range."""


@dataclass(frozen=True)
class Found:
    """What is in an array of `positions` values, `wrong` of which are not right.

    `counts` says how often each value is there, and is empty where there are very many; `bad` are the wrong
    ones among them.
    """

    counts: Mapping[float, int]
    bad: frozenset[float]
    lowest: float
    highest: float
    wrong: int
    positions: int

    @classmethod
    def of(
        cls,
        array: Array,
        is_wrong: Callable[[Array], Array],
        reduced: Callable[[Array], Array] = lambda sample: sample,
    ) -> Self | None:
        """What is in `array`, or nothing where all is right; sample by sample, each first `reduced`.

        No second array of that size is made.
        """
        wrong = sum(int(np.count_nonzero(is_wrong(reduced(sample)))) for sample in array)
        if not wrong:
            return None
        counts: Counter[float] = Counter()
        lowest, highest, positions = np.inf, -np.inf, 0
        for sample in map(reduced, array):
            if not sample.size:
                continue
            values, numbers = np.unique(sample, return_counts=True)
            lowest, highest = min(lowest, float(values[0])), max(highest, float(values[-1]))
            positions += int(sample.size)
            if len(counts) <= COUNTED:
                counts.update(dict(zip(values.tolist(), numbers.tolist(), strict=True)))
        bad = frozenset(value for value in counts if is_wrong(np.asarray(value)))
        if len(counts) > COUNTED:
            counts.clear()
        return cls(counts, bad, lowest, highest, wrong, positions)

    def __str__(self) -> str:
        named = (
            self.counts if len(self.counts) <= LISTED else {value: self.counts[value] for value in self.bad}
        )
        if not 0 < len(named) <= LISTED:
            return (
                f"found values from {self.lowest:g} to {self.highest:g}, wrong at {self.wrong:,} of "
                f"{self.positions:,} positions"
            )
        told = [f"{value:g} at {named[value]:,}" for value in sorted(named)]
        listed = " and ".join([*([", ".join(told[:-1])] if told[1:] else []), told[-1]])
        return f"found {listed} of {self.positions:,} positions"
