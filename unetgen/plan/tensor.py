"""TensorSpec: the size of one sample's tensor, without batch axis and without layout; and sizes in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """Sizes of a feature map; the data format is the emitter's matter.

    The axes in `free` have any legal size when the model runs; there `spatial` has the size at which cost,
    memory and figures are told, the reference.

    >>> TensorSpec((160, 160, 16), channels=4).elements
    1638400
    """

    spatial: tuple[int, ...]
    channels: int
    free: tuple[int, ...] = ()

    @property
    def dims(self) -> int:
        """Number of spatial axes: 1, 2 or 3; 0 of a vector, which stands for a whole image."""
        return len(self.spatial)

    @property
    def positions(self) -> int:
        """Number of spatial positions."""
        return math.prod(self.spatial)

    @property
    def elements(self) -> int:
        """Number of values in one sample."""
        return self.positions * self.channels

    def of_sizes(self, spatial: tuple[int, ...], channels: int | None = None) -> TensorSpec:
        """A tensor of other sizes, whose free axes are this one's."""
        return TensorSpec(spatial, self.channels if channels is None else channels, self.free)

    def shape(self, data_format: str) -> tuple[int, ...]:
        """Shape of one sample, without batch, in ``channels_first`` or ``channels_last``."""
        if data_format == "channels_first":
            return (self.channels, *self.spatial)
        return (*self.spatial, self.channels)

    @property
    def open_spatial(self) -> tuple[int | None, ...]:
        """The spatial sizes, with None for each free axis."""
        return tuple(None if axis in self.free else size for axis, size in enumerate(self.spatial))

    def open_shape(self, data_format: str) -> tuple[int | None, ...]:
        """The same with None for each free axis.

        >>> TensorSpec((64, 64), 3, free=(0, 1)).open_shape("channels_last")
        (None, None, 3)
        """
        if data_format == "channels_first":
            return (self.channels, *self.open_spatial)
        return (*self.open_spatial, self.channels)


def sizes(values: Sequence[int | None]) -> str:
    """Sizes joined as people write them.

    >>> sizes((160, 160, 16)), sizes((None, None, 3))
    ('160×160×16', 'any×any×3')
    """
    return "×".join("any" if value is None else str(value) for value in values)
