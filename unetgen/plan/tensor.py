"""TensorSpec: the size of one sample's tensor, without batch axis and without layout; and sizes in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """Known sizes of a feature map; the data format is the emitter's matter.

    >>> TensorSpec((160, 160, 16), channels=4).elements
    1638400
    """

    spatial: tuple[int, ...]
    channels: int

    @property
    def dims(self) -> int:
        """Number of spatial axes: 1, 2 or 3."""
        return len(self.spatial)

    @property
    def positions(self) -> int:
        """Number of spatial positions."""
        return math.prod(self.spatial)

    @property
    def elements(self) -> int:
        """Number of values in one sample."""
        return self.positions * self.channels

    def shape(self, data_format: str) -> tuple[int, ...]:
        """Shape of one sample, without batch, in ``channels_first`` or ``channels_last``."""
        if data_format == "channels_first":
            return (self.channels, *self.spatial)
        return (*self.spatial, self.channels)


def sizes(values: Sequence[int]) -> str:
    """Sizes joined as people write them.

    >>> sizes((160, 160, 16))
    '160×160×16'
    """
    return "×".join(str(value) for value in values)
