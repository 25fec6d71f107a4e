"""What all tests share: examples are the same on every machine and every day, and text has no colour."""

from __future__ import annotations

import gc
import os

import pytest
from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.load_profile("repeatable")
os.environ.pop("FORCE_COLOR", None)  # a runner of CI may set it, and texts are compared here


def pytest_report_header(config: pytest.Config) -> str | None:
    """Says what a plain run leaves out."""
    if config.option.markexpr != "not thorough":
        return None
    return "the first of two tiers: tests marked `thorough` are left out; `-m ''` runs all"


@pytest.fixture(scope="module", autouse=True)
def earlier_objects_apart() -> None:
    """The garbage collector leaves alone what tests before this module have made.

    Keras's `clear_session` collects all garbage: late in a run that would be seconds for each small model.
    What is left of the module before is collected here, once.
    """
    gc.collect()
    gc.freeze()
