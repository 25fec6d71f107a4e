"""What was measured, as data: every number that is printed is one of these, or follows from them."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from unetgen.measuring.machine import Machine
from unetgen.measuring.runtimes import PLAIN, WAYS
from unetgen.measuring.side import What

PASSES: Mapping[What, int] = {"inference": 1, "training": 3}
"""How often a call multiplies what a forward pass does: a training step also makes the gradients of inputs
and of weights, and each of them takes as many multiplications as the forward pass."""


STRANGE = "outputs are not finite, or of another shape"
"""The note of a way that computes something else: then there is no difference to tell."""


@dataclass(frozen=True)
class Spread:
    """Seconds of a call, one for each turn."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def low(self) -> float:
        return min(self.values)

    @property
    def high(self) -> float:
        return max(self.values)

    def ratios(self, other: Spread) -> tuple[float, ...]:
        """Of each turn, ours over the other's; both had as many turns as the one with fewer."""
        return tuple(a / b for a, b in zip(self.values, other.values, strict=False))

    def ratio(self, other: Spread) -> float:
        """The median of `ratios`."""
        return statistics.median(self.ratios(other))


@dataclass(frozen=True)
class WayResult:
    """One way, in inference or training; without `spread` there is nothing but why."""

    way: str
    what: What
    spread: Spread | None = None
    peak_bytes: int = 0
    """Of making it and its first call, above its process with the framework imported."""
    difference: float | None = None
    """Of the outputs, or of the first loss, from plain Keras's, over the largest of them."""
    why_not: str = ""
    packages: tuple[str, ...] = ()
    """Those that are missing, as they are imported."""
    notes: Mapping[str, object] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The way, for people."""
        return WAYS[self.way].label

    @property
    def precision(self) -> str:
        """What it multiplies in."""
        return WAYS[self.way].precision


@dataclass(frozen=True)
class MeasuredNetwork:
    """The network, and what its plan says of it; multiplications and bytes are those of `batch` samples."""

    name: str
    input_shape: tuple[int | None, ...]
    reference: tuple[int, ...] | None
    """The sizes that were measured where some axis is free."""
    batch: int
    macs: int
    macs_optimized: Mapping[What, int]
    predicted_bytes: Mapping[What, int]
    """As `unetgen show` predicts it of Keras as declared."""
    weights: str
    """Where they are from, in words."""


@dataclass(frozen=True)
class Measurement:
    """Everything of one run."""

    subject: MeasuredNetwork
    machine: Machine
    results: tuple[WayResult, ...]
    matmul: Mapping[str, Spread]
    """Of a large product of matrices, by precision."""
    matmul_macs: int
    repeats: int

    def of(self, what: What) -> list[WayResult]:
        """The results of inference or training, in the order of the table."""
        return [result for result in self.results if result.what == what]

    def measured(self, what: What) -> list[WayResult]:
        """Those that have times."""
        return [result for result in self.of(what) if result.spread]

    @property
    def whats(self) -> list[What]:
        return [what for what in PASSES if self.of(what)]

    def plain(self, what: What) -> WayResult | None:
        """Keras as declared, if it could be measured."""
        return next((result for result in self.measured(what) if result.way == PLAIN), None)

    def fastest(self, what: What) -> WayResult | None:
        """The one with the least median."""
        return min(self.measured(what), key=lambda result: median_of(result), default=None)

    def rate(self, result: WayResult) -> float | None:
        """Multiplications a second: those of the plan as declared, over the median."""
        return PASSES[result.what] * self.subject.macs / result.spread.median if result.spread else None

    @cached_property
    def peaks(self) -> dict[str, float]:
        """Multiplications a second of the large product, by precision."""
        return {precision: self.matmul_macs / spread.median for precision, spread in self.matmul.items()}

    def share(self, result: WayResult) -> float | None:
        """Of the large product in the same precision; above 1 where a rewrite leaves multiplications out."""
        rate, peak = self.rate(result), self.peaks.get(result.precision)
        return rate / peak if rate and peak else None

    def missing(self) -> list[str]:
        """Packages that would bring further rows."""
        return list(dict.fromkeys(package for result in self.results for package in result.packages))

    def as_dict(self) -> dict[str, Any]:
        """As ``--json`` prints it."""
        subject = self.subject
        return {
            "name": subject.name,
            "input_shape": subject.input_shape,
            "reference": subject.reference,
            "batch": subject.batch,
            "weights": subject.weights,
            "macs": subject.macs,
            "macs_optimized": dict(subject.macs_optimized),
            "predicted_bytes": dict(subject.predicted_bytes),
            "machine": self.machine.as_dict(),
            "matmul": {
                precision: {
                    "macs": self.matmul_macs,
                    "macs_per_second": self.peaks[precision],
                    **_plain(spread),
                }
                for precision, spread in self.matmul.items()
            },
            "repeats": self.repeats,
            "results": [self._row(result) for result in self.results],
        }

    def _row(self, result: WayResult) -> dict[str, Any]:
        row: dict[str, Any] = {"runtime": result.way, "label": result.label, "what": result.what}
        if not result.spread:
            return {**row, "why_not": result.why_not, "missing": list(result.packages)}
        plain, fastest = self.plain(result.what), self.fastest(result.what)
        return {
            **row,
            **_plain(result.spread),
            "over_fastest": _ratio(result, fastest),
            "over_plain": _ratio(result, plain),
            "macs_per_second": self.rate(result),
            "share_of_matmul": self.share(result),
            "peak_bytes": result.peak_bytes,
            "difference": result.difference,
            "notes": dict(result.notes),
        }


def median_of(result: WayResult) -> float:
    """Seconds of a call; infinite where there are none."""
    return result.spread.median if result.spread else float("inf")


def _ratio(result: WayResult, other: WayResult | None) -> float | None:
    return result.spread.ratio(other.spread) if result.spread and other and other.spread else None


def _plain(spread: Spread) -> dict[str, Any]:
    return {
        "seconds": {"median": spread.median, "low": spread.low, "high": spread.high},
        "turns": list(spread.values),
    }


def slower(result: WayResult, other: WayResult) -> bool:
    """Whether `result` takes longer than `other`, and by more than noise: in three quarters of the turns, and
    by two percent in the median."""
    if not result.spread or not other.spread:
        return False
    ratios = sorted(result.spread.ratios(other.spread))
    return ratios[len(ratios) // 4] > 1 and statistics.median(ratios) > EQUAL


EQUAL = 1.02


def equal_to(result: WayResult, others: Sequence[WayResult]) -> list[WayResult]:
    """Those of `others` that are neither slower nor faster than `result` beyond noise."""
    return [
        each
        for each in others
        if each is not result and not slower(each, result) and not slower(result, each)
    ]
