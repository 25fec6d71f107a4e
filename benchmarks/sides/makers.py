"""Who makes a side in its process: the package's own, and what is written here."""

from __future__ import annotations

from collections.abc import Mapping

from unetgen.measuring.side import MAKERS as OF_THE_PACKAGE

MAKERS: Mapping[str, str] = {
    **OF_THE_PACKAGE,
    "keras": "benchmarks.sides.in_keras",
    "torch": "benchmarks.sides.in_torch",
    "runtime": "benchmarks.sides.in_runtime",
}
"""The module whose ``made(job)`` makes a side; peers are imported by it, late."""
