"""Call: a Keras object by its public name and arguments, as plain data.

Tables and parts say what an emitter has to construct without importing Keras. The names are those
of this project's own tables, never those of a YAML file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Call:
    """``Call("keras.layers.Conv2D", {"filters": 8})``; arguments may hold calls and lists of calls."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
