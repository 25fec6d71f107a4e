"""What an exact rewrite of a plan is: where it applies, what it guarantees, and what it needs.

The names, shapes and order of the plan's input and outputs never change.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar, Literal

from unetgen.rewrites.graph import Change, Graph

MORE_MEMORY = 1.25
"""How much of the peak without them all rewrites that spend memory on speed may make of it."""
Guarantee = Literal["bitwise", "rounding"]
"""Whether equal weights give the same floating-point numbers, or the same sums in another order."""


class Rewrite(ABC):
    """One kind of exact change."""

    name: ClassVar[str]
    """As reports call it."""
    guarantee: ClassVar[Guarantee]
    for_training: ClassVar[bool]
    """Whether a training step computes the same too, with the same weights."""
    for_inference: ClassVar[bool] = True
    """Whether a prediction gains by it."""
    spends_memory: ClassVar[bool] = False
    """Whether it is taken only where the plan then holds at most `MORE_MEMORY` times as much at once."""
    least_share: ClassVar[float] = 0.0
    """The share of a forward pass's work that all its changes together have to save, or none is taken."""
    needs_float32: ClassVar[bool] = False
    """Whether 16 bits are too few for its sums."""

    @abstractmethod
    def changes(self, graph: Graph) -> Iterator[Change]:
        """Every place where the rewrite is exact, in the plan's order, whether it pays or not."""
