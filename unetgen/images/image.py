"""An image of one, two or three spatial axes as a file holds it: values, and where they lie in the world."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[Any]
Affine = NDArray[np.float64]
NumberType = np.dtype[Any]


@dataclass(frozen=True, eq=False)
class Image:
    """One image.

    >>> import numpy as np
    >>> image = Image(np.zeros((4, 6, 1)), np.diag([2.0, 0.5, 1.0]))
    >>> image.spatial, image.channels, image.spacing
    ((4, 6), 1, (2.0, 0.5))
    """

    values: Values
    """``(*spatial, channels)``, in the type that the file has."""
    affine: Affine | None = None
    """``(dims + 1, dims + 1)``: from indices to millimetres, or whatever the file counts in; None where the
    file says nothing of it. The world's axes point to the right, to the front and up, as in NIfTI; of a file
    that knows columns, rows and pages alone, columns lie on the first of them, rows on the second."""
    file: Path | None = None
    """Where it was read."""

    @property
    def spatial(self) -> tuple[int, ...]:
        """The size of each spatial axis."""
        return tuple(self.values.shape[:-1])

    @property
    def dims(self) -> int:
        """How many spatial axes it has."""
        return self.values.ndim - 1

    @property
    def channels(self) -> int:
        """How many values stand at a position."""
        return int(self.values.shape[-1])

    @cached_property
    def spacing(self) -> tuple[float, ...]:
        """The distance of neighbours on each axis; 1 where nothing is known."""
        return spacing_of(self.affine, self.dims)


def spacing_of(affine: Affine | None, dims: int) -> tuple[float, ...]:
    """The distance of neighbours on each of `dims` axes; 1 where nothing is known."""
    if affine is None:
        return (1.0,) * dims
    return tuple(float(length) for length in np.sqrt((affine[:-1, :-1] ** 2).sum(0)))
