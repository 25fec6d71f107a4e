"""From the axes that a TIFF names to spatial ones and channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from unetgen.errors import UnetgenError
from unetgen.images.image import Values

ROLES = {"Z": 0, "I": 0, "Q": 0, "Y": 1, "X": 2, "C": 3, "S": 3}
"""Letters of tifffile, and where their axes go: pages, rows, columns, channels. I and Q are pages without a
name, S are the samples of a pixel."""
WORDS = {"T": "time", "R": "angles or regions", "P": "positions", "E": "wavelengths", "H": "lifetimes"}
PAGES, CHANNELS = 0, 3


@dataclass(frozen=True)
class Arrangement:
    """How the array of a file becomes ``(*spatial, channels)``."""

    order: tuple[int, ...]
    """Axes of the array in the new order: those of one place first, which are dropped."""
    shape: tuple[int, ...]
    """Of the outcome."""

    def applied(self, values: Values) -> Values:
        """The array with its axes in order."""
        return values.transpose(self.order).reshape(self.shape)


def arrangement(axes: str, shape: Sequence[int], path: Path) -> Arrangement:
    """How an array of these `axes` is read; raises `UnetgenError` for axes that an image does not have.

    >>> arrangement("CZYX", (2, 5, 8, 9), Path("a.tif"))
    Arrangement(order=(1, 2, 3, 0), shape=(5, 8, 9, 2))
    """
    places: dict[int, int] = {}
    dropped = []
    for place, (letter, size) in enumerate(zip(axes, shape, strict=True)):
        if size == 1 and letter not in "YX":
            dropped.append(place)
            continue
        role = ROLES.get(letter)
        if role is None:
            what = f"{letter} ({WORDS[letter]})" if letter in WORDS else letter
            raise UnetgenError(f"{path}: has an axis {what} of {size}; save each of them as a file")
        if role in places:
            raise UnetgenError(
                f"{path}: its axes {axes} have two of {'channels' if role == CHANNELS else 'pages'}; "
                "save it with the axes ZCYX, or as several files"
            )
        places[role] = place
    kept = [places[role] for role in sorted(places)]
    sizes = tuple(int(shape[place]) for place in kept)
    return Arrangement((*dropped, *kept), sizes if CHANNELS in places else (*sizes, 1))
