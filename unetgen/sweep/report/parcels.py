"""Data made small for a page: several items packed together, so that what they share is held once."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field

Place = tuple[str, int]
"""The id of a parcel's element, and the place of an item in the parcel's list."""


@dataclass
class Parcels:
    """Parcels of `size` items each: zlib's format in base64, which browsers unpack by themselves."""

    name: str
    size: int
    places: dict[str, Place] = field(default_factory=dict)
    elements: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, name: str, size: int, items: Iterable[tuple[str, object]]) -> Parcels:
        """The parcels of all `items`, each of a key and of data for JSON; one at a time is unpacked."""
        parcels = cls(name, size)
        waiting: list[object] = []
        for key, item in items:
            parcels.places[key] = (f"{name}-{len(parcels.elements)}", len(waiting))
            waiting.append(item)
            if len(waiting) == size:
                parcels._close(waiting)
                waiting = []
        if waiting:
            parcels._close(waiting)
        return parcels

    def _close(self, items: list[object]) -> None:
        packed = base64.b64encode(zlib.compress(json.dumps(items).encode(), 9)).decode("ascii")
        identity = f"{self.name}-{len(self.elements)}"
        self.elements.append(f'<script type="text/plain" id="{identity}">{packed}</script>')
