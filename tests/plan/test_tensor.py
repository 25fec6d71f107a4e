from __future__ import annotations

from unetgen.plan.tensor import sizes


def test_sizes() -> None:
    assert (sizes((3,)), sizes([1, 2, 3])) == ("3", "1×2×3")
