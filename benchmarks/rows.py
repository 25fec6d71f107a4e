"""Rows of results: what was divided by what, the median of the repeats, their spread, and the limit."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

Action = Callable[[], object]
WIDTH = 78


@dataclass(frozen=True)
class Row:
    """One ratio, repeated; `within` are the values of its median that are fine.

    A row that could not be measured says why in `skipped`, has no values, and holds.
    """

    name: str
    ratio: str
    values: tuple[float, ...]
    within: tuple[float, float]
    detail: dict[str, Any] = field(default_factory=dict)
    skipped: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def limit(self) -> str:
        """`within` in words, empty where anything is fine."""
        low, high = self.within
        if low <= 0:
            return f"<= {high:g}" if high < float("inf") else ""
        return f"{low:.2f}..{high:.2f}" if high < float("inf") else f">= {low:.4g}"

    @property
    def holds(self) -> bool:
        if self.skipped:
            return True
        low, high = self.within
        return low <= self.median <= high

    def plain(self) -> dict[str, Any]:
        """The row as data for JSON."""
        if self.skipped:
            return {"name": self.name, "ratio": self.ratio, "skipped": self.skipped}
        spread = {"low": min(self.values), "high": max(self.values)}
        known = {"name": self.name, "ratio": self.ratio, "median": self.median, "spread": spread}
        return {**known, "limit": self.within, "holds": self.holds, "values": self.values, **self.detail}

    def line(self) -> str:
        """The row of a table."""
        if self.skipped:
            return f"{self.name:{WIDTH}s} skipped: {self.skipped}"
        verdict = "ok" if self.holds else "FAILS"
        return f"{self.name:{WIDTH}s} {number(self.median):>7s}  {self.spread:14s} {self.limit:11s} {verdict}"

    @property
    def spread(self) -> str:
        """The smallest and the largest value."""
        return f"{number(min(self.values))}..{number(max(self.values))}"


def number(value: float) -> str:
    """Three decimals, or two digits of something far smaller."""
    return f"{value:.3f}" if value >= 0.01 or value == 0 else f"{value:.1e}"


HEADER = f"{'name':{WIDTH}s} {'median':>7s}  {'spread':14s} {'limit':11s}"


def seconds(action: Action) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def interleaved(actions: Sequence[Action], repeats: int) -> list[tuple[float, ...]]:
    """Seconds of every action, one after the other in each repeat, so that drift meets all of them."""
    return [tuple(seconds(action) for action in actions) for _ in range(repeats)]


def progress(text: str) -> None:
    """Say on stderr what is being measured."""
    print(text, file=sys.stderr, flush=True)
