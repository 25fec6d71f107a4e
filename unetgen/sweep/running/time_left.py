"""How long all of it will take: told anew when something has happened, and counted down in between."""

from __future__ import annotations

import time
from collections.abc import Callable


class TimeLeft:
    """Estimates by the share of the work that has been done since the beginning.

    >>> now = 0.0
    >>> left = TimeLeft(lambda: now)
    >>> now = 10.0
    >>> left.seconds(1, 3)
    20.0
    >>> now = 14.0  # nothing has happened: it does not climb
    >>> left.seconds(1, 3)
    16.0
    >>> now = 40.0  # it was wrong
    >>> left.seconds(1, 3)
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._start = clock()
        self._done = 0.0
        self._estimate: tuple[float, float] | None = None

    def seconds(self, done: float, total: float) -> float | None:
        """The seconds that are left; None where nothing was done, nothing is left to do, or they are over."""
        now = self._clock()
        if not 0 < done < total:
            return None
        if done != self._done or self._estimate is None:
            self._done = done
            self._estimate = now, (now - self._start) / done * (total - done)
        at, left = self._estimate
        still = left - (now - at)
        return still if still > 0 else None
