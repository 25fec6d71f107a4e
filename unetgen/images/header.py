"""What a file says of its image before any value of it is read."""

from __future__ import annotations

from dataclasses import dataclass

from unetgen.images.image import Affine, NumberType, spacing_of


@dataclass(frozen=True, eq=False)
class Header:
    """Size, type and place of an image; as `Image` has them, without the values."""

    spatial: tuple[int, ...]
    channels: int
    dtype: NumberType
    """The type that the values have once they are read."""
    affine: Affine | None = None

    @property
    def dims(self) -> int:
        """How many spatial axes it has."""
        return len(self.spatial)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the values, ``(*spatial, channels)``."""
        return (*self.spatial, self.channels)

    @property
    def spacing(self) -> tuple[float, ...]:
        """The distance of neighbours on each axis; 1 where nothing is known."""
        return spacing_of(self.affine, self.dims)
