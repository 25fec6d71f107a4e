"""Rows of results: what was divided by what, the median of the repeats, their spread, and the limit."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

Action = Callable[[], object]


@dataclass(frozen=True)
class Row:
    """One ratio, repeated; `within` are the values of its median that are fine."""

    name: str
    ratio: str
    values: tuple[float, ...]
    within: tuple[float, float]
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def holds(self) -> bool:
        low, high = self.within
        return low <= self.median <= high

    def plain(self) -> dict[str, Any]:
        """The row as data for JSON."""
        spread = {"low": min(self.values), "high": max(self.values)}
        known = {"name": self.name, "ratio": self.ratio, "median": self.median, "spread": spread}
        return {**known, "limit": self.within, "holds": self.holds, "values": self.values, **self.detail}

    def line(self) -> str:
        """The row of a table."""
        low, high = self.within
        limit = f"<= {high:g}" if low <= 0 else f"{low:.2f}..{high:.2f}"
        spread = f"{min(self.values):.3f}..{max(self.values):.3f}"
        verdict = "ok" if self.holds else "FAILS"
        return f"{self.name:44s} {self.median:7.3f}  {spread:14s} {limit:11s} {verdict}"


HEADER = f"{'name':44s} {'median':>7s}  {'spread':14s} {'limit':11s}"


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
