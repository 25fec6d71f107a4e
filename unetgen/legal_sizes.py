"""LegalSizes: the sizes that a free axis of the input can have."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LegalSizes:
    """All sizes from `first` on that are a whole number of `step` away from it.

    >>> sizes = LegalSizes(first=12, step=8)
    >>> 20 in sizes, 24 in sizes, sizes.near(24), str(sizes)
    (True, False, (20, 28), '12, 20, 28, ...')
    """

    first: int
    step: int

    def __contains__(self, size: int) -> bool:
        return size >= self.first and (size - self.first) % self.step == 0

    def __str__(self) -> str:
        """``any size`` where every one is legal, ``from 16 on``, ``multiples of 8``, or the first of them."""
        if self.step == 1:
            return "any size" if self.first == 1 else f"from {self.first} on"
        if self.first == self.step:
            return f"multiples of {self.step}"
        return ", ".join(str(self.first + place * self.step) for place in range(3)) + ", ..."

    def near(self, size: int) -> tuple[int, ...]:
        """The nearest ones below and above `size`; the first alone where there is none below."""
        if size < self.first:
            return (self.first,)
        below = size - (size - self.first) % self.step
        return (below,) if below == size else (below, below + self.step)
