"""Dropout: of single values or of whole channels, at every convolution or at a block's end."""

from __future__ import annotations

from typing import Annotated, Literal

from unetgen.parts.choice import Short
from unetgen.parts.part import Part
from unetgen.parts.values import Rates


class DropoutRates(Part):
    """Dropout (Srivastava et al. 2014). A bare rate, or a list of one per level, means the `plain` kind."""

    kind: Literal["plain", "spatial"] = "plain"
    """Drops single values (`plain`) or whole channels (`spatial`, Tompson et al. 2015, arXiv 1411.4280)."""
    rate: Rates = 0.0
    """The share that is dropped in training: a number, or one per level."""
    place: Literal["every_conv", "block_end"] = "every_conv"
    """Puts it after every convolution, as `order` says, or once at the end of each block."""

    @property
    def active(self) -> bool:
        rates = self.rate if isinstance(self.rate, tuple) else (self.rate,)
        return any(rate > 0 for rate in rates)


DropoutField = Annotated[
    DropoutRates, Short("rate", (int, float, list, tuple), "a rate, a list of one per level")
]
