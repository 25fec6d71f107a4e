"""What a network takes of one image, and what has to be undone of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from unetgen.data.blocks import Array, Floats
from unetgen.images.image import Affine, Image


@dataclass(frozen=True, eq=False)
class Placement:
    """The positions of an image, without its values."""

    spatial: tuple[int, ...]
    affine: Affine | None

    @classmethod
    def of(cls, image: Image) -> Self:
        return cls(image.spatial, image.affine)

    def holding(self, values: Array, file: Path | None) -> Image:
        """An image at these positions, or at others that have the same directions."""
        return Image(values, self.affine, file)


@dataclass(frozen=True, eq=False)
class Record:
    """What was done to an image, as far as it is undone for a prediction."""

    original: Placement
    """As the file has it."""
    turned: Placement
    """With its axes turned."""
    spatial: tuple[int, ...]
    """The size that it was resampled to."""
    file: Path | None


@dataclass(frozen=True, eq=False)
class Prepared:
    """What a network takes of an image."""

    values: Floats
    """``(*spatial, channels)``."""
    affine: Affine | None
    """Where the values lie in the world."""
    slices: int | None
    """The axis along which a network of two axes takes slices; None: it takes the image whole."""
    record: Record
