"""No normalization."""

from typing import Literal

from unetgen.parts.part import Part


class NoNorm(Part):
    """No normalization."""

    kind: Literal["none"] = "none"

    def op(self) -> None:
        """Nothing to lower."""
