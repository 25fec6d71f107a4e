"""Turns: what a loop calls as it trains, so that several take one epoch after the other."""

from __future__ import annotations

import sys
import time
from typing import TextIO


class Turns:
    """At the beginning of each epoch the loop says that it has come there, and waits for its turn."""

    def __init__(self, answers: TextIO) -> None:
        self._answers = answers
        self._start = self._last = 0.0
        self._steps = 0
        self._seconds: list[float] = []

    def epoch_begins(self) -> None:
        """Wait."""
        self._end_epoch()
        self._answers.write("\n")
        self._answers.flush()
        sys.stdin.readline()
        self._start = time.process_time()

    def step_ends(self) -> None:
        """Take the processor's time, which others on the machine do not have: of a step, with its batch."""
        self._last = time.process_time()
        self._steps += 1

    def seconds(self) -> list[float]:
        """Of the processor for a step, the mean in each epoch but the first one, in which loops compile."""
        self._end_epoch()
        return self._seconds[1:]

    def _end_epoch(self) -> None:
        if self._steps:
            self._seconds.append((self._last - self._start) / self._steps)
        self._steps = 0
