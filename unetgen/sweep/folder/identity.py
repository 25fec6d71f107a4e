"""What makes a point the one it is: what was asked for, and the contents of what that reads."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from unetgen.sweep.values import Parameters

DATA, START, WEIGHTS = "data", "fit.start", "encoder.weights"
"""What a run's images and masks, and the model that it begins with, are called among a point's contents."""
PARAMETER = "task."
"""What stands before the name of a parameter among a point's overrides."""
CONFIG = "config="
"""What stands before the name of a point's config among its overrides, where a sweep has several."""


def is_parameter(override: str) -> bool:
    """Whether an override of a point is for its task, not for its config."""
    return override.lstrip("+").startswith(PARAMETER)


def is_choice(override: str) -> bool:
    """Whether an override of a point says which of the sweep's configs is its own."""
    return override.startswith(CONFIG)


@dataclass(frozen=True)
class Identity:
    """`asked` is the digest of a config or of a run; `contents` has the SHA-256 of all else that counts.

    >>> Identity("a" * 64).digest == "a" * 64
    True
    >>> Identity("a" * 64, {"data": "1"}).changed_since(Identity("a" * 64, {"data": "2"}))
    ('data',)
    """

    asked: str
    contents: Mapping[str, str] = field(default_factory=dict)
    """By what it is called in messages: ``data``, ``fit.start``, ``module train``."""
    parameters: Parameters = field(default_factory=dict)
    """What a task of the user's is called with beside the config."""

    @property
    def subject(self) -> str:
        """What a point is of, whatever it reads: what is asked for, with the task's parameters."""
        return _digest([self.asked, dict(self.parameters)]) if self.parameters else self.asked

    @property
    def digest(self) -> str:
        """SHA-256 of all of it; where nothing else counts, that of what was asked for."""
        return _digest([self.subject, dict(self.contents)]) if self.contents else self.subject

    def changed_since(self, earlier: Identity) -> tuple[str, ...]:
        """What has other contents than it had in `earlier`, or was not among them."""
        names = dict.fromkeys([*self.contents, *earlier.contents])
        return tuple(name for name in names if self.contents.get(name) != earlier.contents.get(name))


def _digest(said: object) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
