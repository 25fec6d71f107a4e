"""Sides that end in every way in which one can: made in a process by `test_process.py`."""

from __future__ import annotations

import importlib
import os
import time
from itertools import count

import numpy as np

from unetgen.measuring.side import ReadySide, SideJob


def made(job: SideJob) -> ReadySide:
    """What the network of the side says happens."""
    calls = count()

    def step() -> float:
        number = next(calls)
        if job.side.network == "dies when called" and number:
            os.abort()
        if job.side.network == "is slow when called" and number:
            time.sleep(60)
        return float(number)

    if job.side.network == "dies":
        os.abort()
    if job.side.network == "raises":
        raise ValueError("what is wrong\nand more of it")
    if job.side.network == "lacks a package":
        importlib.import_module("no_such_package.part")
    if job.side.network == "is slow":
        time.sleep(60)
    print("what a framework prints is no answer")
    return ReadySide(step, lambda: [np.arange(3, dtype="float32"), np.ones((1, 2), "float32")])
