"""How far a point has come that trains, read from the end of its log: ours and Keras's lines alike."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

_END_BYTES = 1 << 14
_BEGIN = "--- "
_EPOCH = re.compile(r"\bepoch (\d{1,7})/(\d{1,7})\b", re.IGNORECASE)


@dataclass(frozen=True)
class Epoch:
    """The last epoch that a log names, and how many there are."""

    number: int
    of: int

    @property
    def share(self) -> float:
        """How much of the point that is; never all of it, which only its result says.

        >>> Epoch(3, 4).share, Epoch(4, 4).share
        (0.75, 0.99)
        """
        return min(self.number / self.of, 0.99)


def epoch_in(log: Path) -> Epoch | None:
    """The epoch that the log names last, since the task was last begun; None where it names none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _END_BYTES))
            end = file.read().decode("utf-8", "replace")
    except OSError:
        return None
    since = f"\n{end}".rpartition(f"\n{_BEGIN}")[2]
    named = [(int(number), int(of)) for number, of in _EPOCH.findall(since)]
    known = [Epoch(number, of) for number, of in named if 0 < number <= of]
    return known[-1] if known else None
