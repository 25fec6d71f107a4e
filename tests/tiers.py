"""Two tiers of tests: one that proves a checkout in minutes, and all.

Plain `pytest` leaves out what is marked `thorough`; `pytest -m ""` runs everything. Thorough is what takes
long and tells little more: further members of a generated family, large published networks in training, every
launcher where one shows the same. Of each family a fixed sample stays in the first tier.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Any

import pytest

thorough = pytest.mark.thorough


def sampled(cases: Iterable[Any], first: Container[Any]) -> list[Any]:
    """The cases as parameters of a test; those that are not in `first` are thorough."""
    return [
        pytest.param(
            *(case if isinstance(case, tuple) else (case,)), marks=() if case in first else (thorough,)
        )
        for case in cases
    ]
