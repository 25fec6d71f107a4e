"""Layer normalization."""

from typing import Literal

from pydantic import Field

from unetgen.parts.norms.normalization import Normalization
from unetgen.plan.ops import Norm


class LayerNorm(Normalization):
    """Normalization over the channels at each position (as in ConvNeXt, arXiv 2201.03545)."""

    kind: Literal["layer"] = "layer"
    epsilon: float = Field(1e-3, gt=0, le=1)
    """The number added to the variance."""
    affine: bool = True
    """Learns a scale and an offset per channel."""

    def op(self) -> Norm:
        return Norm("layer", self.epsilon, affine=self.affine)
