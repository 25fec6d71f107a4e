"""No normalization."""

from typing import Literal

from unetgen.parts.norms.normalization import Normalization


class NoNorm(Normalization):
    """No normalization."""

    kind: Literal["none"] = "none"

    def op(self) -> None:
        """Nothing to lower."""
